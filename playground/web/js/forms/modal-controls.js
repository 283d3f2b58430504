// The inputs a modal can hold. Each gives {component, element, target, focus, problem, value}.

import { choicesOf, OPTION_TYPES } from "../core/choices.js";
import { h } from "../core/dom.js";
import { upload } from "../core/upload.js";

const KINDS = { 4: textInput, 3: options, 5: entities, 6: entities, 7: entities, 8: entities, 19: fileUpload, 21: options, 22: options, 23: checkbox };
const ENTITY_OPTIONS = { 5: OPTION_TYPES.user, 6: OPTION_TYPES.role, 7: OPTION_TYPES.mentionable, 8: OPTION_TYPES.channel };

/** The control of one component, or null for a kind without an input. */
export function control(component, store) {
  const one = KINDS[component?.type]?.(component, store);
  return one ? { component, focus: () => (one.first ?? one.target).focus(), ...one } : null;
}

const needed = (component) => component.required !== false;

function textInput(component) {
  const long = component.style === 2;
  const element = h(long ? "textarea" : "input", {
    class: "modal-input", type: long ? null : "text", rows: long ? 4 : null, placeholder: component.placeholder,
    "aria-required": needed(component) ? "true" : null,
  });
  element.value = component.value ?? "";
  return {
    element, target: element,
    problem: () => lengthProblem(component, element.value),
    value: () => ({ value: element.value }),
  };
}

function lengthProblem(component, text) {
  const low = component.min_length ?? (needed(component) ? 1 : 0);
  const high = component.max_length ?? 4000;
  if (!text.trim() && needed(component)) return "This is needed";
  if (text && text.length < low) return `At least ${low} characters, please`;
  return text.length > high ? `At most ${high} characters (now ${text.length})` : null;
}

function options(component) {
  return chooser(component, component.options ?? []);
}

function entities(component, store) {
  const option = { type: ENTITY_OPTIONS[component.type], channel_types: component.channel_types };
  const defaults = new Set((component.default_values ?? []).map(({ id }) => id));
  const list = choicesOf(option, store).map(({ name, value }) => ({ label: name, value, default: defaults.has(value) }));
  return chooser(component, list);
}

function chooser(component, list) {
  const max = component.type === 21 ? 1 : component.max_values ?? (component.type === 22 ? list.length : 1);
  const min = component.min_values ?? (needed(component) ? 1 : 0);
  const type = max > 1 || component.type === 22 ? "checkbox" : "radio";
  const boxes = list.map((option) => {
    const box = h("input", { type, name: component.custom_id, value: option.value, checked: option.default });
    const label = h("label", { class: "modal-choice" }, box, h("span", {}, option.label, option.description ? h("span", { class: "modal-note" }, option.description) : null));
    if (type === "radio" && !needed(component)) makeUncheckable(label, box);
    return [box, label];
  });
  const element = h("div", { class: "modal-choices", role: type === "checkbox" ? "group" : "radiogroup" }, boxes.map(([, label]) => label));
  const values = () => boxes.map(([box]) => box).filter((box) => box.checked).map((box) => box.value);
  return {
    element, target: element, group: true, first: boxes[0]?.[0],
    problem: () => countProblem(values().length, min, max, component),
    value: () => (component.type === 21 ? { value: values()[0] ?? null } : { values: values() }),
  };
}

/** Lets an optional radio button be unchecked: by a second press on it, or by Backspace. */
function makeUncheckable(label, box) {
  let was = false;
  label.addEventListener("pointerdown", () => { was = box.checked; });
  box.addEventListener("click", () => { box.checked &&= !was; was = false; });
  box.addEventListener("keydown", ({ key }) => { box.checked &&= key !== "Backspace" && key !== "Delete"; });
}

function countProblem(count, min, max, component) {
  if (!count && !needed(component)) return null;
  if (count < min) return min === 1 ? "Choose one" : `Choose at least ${min}`;
  return count > max ? `Choose at most ${max}` : null;
}

function checkbox(component) {
  const box = h("input", { type: "checkbox", class: "modal-checkbox" });
  box.checked = Boolean(component.default ?? component.value);
  return { element: box, target: box, problem: () => null, value: () => ({ value: box.checked }) };
}

function fileUpload(component, store) {
  const max = component.max_values ?? 1;
  const element = h("input", { type: "file", class: "modal-file", multiple: max > 1 });
  return {
    element, target: element,
    problem: () => countProblem(element.files.length, component.min_values ?? 1, max, component),
    value: async () => {
      const stored = await Promise.all([...element.files].map((file) => upload(file, store)));
      const bad = stored.find(({ problem }) => problem);
      return bad ? { uploadProblem: bad.problem } : { values: stored.map(({ id }) => id) };
    },
  };
}
