// Message components, V1 rows and Components V2, drawn from the message's data.

import { button, externalLink, h, icon } from "../core/dom.js";
import { emoji, webUrl } from "./inline.js";
import { markdown } from "./markdown.js";
import { fileCard, gallery, thumbnail } from "./media.js";

const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger" };
const LINK = 5;
const SELECTS = { 3: "string", 5: "user", 6: "role", 7: "mentionable", 8: "channel" };
const DRAWN = {
  1: (row, message, context) => h("div", { class: "row" }, components(row.components, message, context)),
  2: (one, message, context) => (one.style === LINK ? link(one) : pressable(one, message, context)),
  3: select, 5: select, 6: select, 7: select, 8: select,
  9: section,
  10: (text, message, context) => h("div", { class: "text" }, markdown(text.content, context)),
  11: thumbnail,
  12: ({ items }) => gallery(items),
  13: (component) => fileCard(component.file, component),
  14: ({ divider, spacing }) => h("div", { class: "separator", role: "none", data: { line: divider ?? true, spacing: spacing ?? 1 } }),
  17: container,
};

/** The elements of a list of components. Each keeps a key by kind and order, so that updates find it again. */
export function components(list, message, context) {
  const seen = {};
  return (list ?? []).map((component) => {
    const element = component && DRAWN[component.type]?.(component, message, context);
    if (!element) return null;
    seen[component.type] = (seen[component.type] ?? 0) + 1;
    element.dataset.key = component.custom_id ?? `${component.type}:${seen[component.type]}`;
    return element;
  });
}

/** A box, with a bar of `colour` at its side if one is given. */
export function box(colour, look, ...children) {
  const coloured = colour !== null && colour !== undefined;
  return h("div", { class: look, data: { coloured }, vars: coloured ? { "--accent-bar": `#${colour.toString(16).padStart(6, "0")}` } : {} }, children);
}

function container({ accent_color: colour, components: inner, spoiler }, message, context) {
  const drawn = box(colour, "container", components(inner, message, context));
  return spoiler ? h("div", { class: "veil", data: { spoiler: "block" } }, button("spoiler-tag", { "aria-label": "Spoiler, press to reveal" }, "Spoiler"), drawn) : drawn;
}

function section(component, message, context) {
  return h("div", { class: "section" },
    h("div", { class: "section-texts" }, components(component.components, message, context)),
    h("div", { class: "section-accessory" }, components([component.accessory], message, context)));
}

const face = (one) => [emoji(one.emoji), one.label ? h("span", { class: "button-label" }, one.label) : null];
const wordless = (one) => (one.label ? null : one.emoji?.name);

function link(one) {
  const href = one.disabled ? null : webUrl(one.url);
  return externalLink({ class: "button link", href, "aria-label": wordless(one), "aria-disabled": one.disabled ? "true" : null, data: { key: one.url } }, face(one), icon("open"));
}

function pressable(one, message, context) {
  const waiting = context.waiting(message.id, one.custom_id);
  return button(`button ${STYLES[one.style] ?? "secondary"}`,
    { disabled: one.disabled, "aria-label": wordless(one), "aria-busy": waiting ? "true" : null, data: { press: one.custom_id } },
    h("span", { class: "button-face" }, face(one)), waiting ? dots() : null);
}

export const dots = () => h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i"));

function select(component, message, context) {
  const values = context.chosen(message.id, component.custom_id);
  const chosen = (component.options ?? []).filter((option) => (values ? values.includes(option.value) : option.default));
  const waiting = context.waiting(message.id, component.custom_id);
  const placeholder = component.placeholder || "Make a selection";
  const label = [placeholder, ...chosen.map((option) => option.label)].join(chosen.length > 1 ? ", " : ": ");
  return button("select", {
    disabled: component.disabled, "aria-haspopup": "listbox", "aria-expanded": "false", "aria-busy": waiting ? "true" : null, "aria-label": label,
    data: { select: component.custom_id, kind: SELECTS[component.type] },
  }, h("span", { class: "select-value", data: { empty: !chosen.length } },
    chosen.length ? chosen.map((option) => h("span", { class: "chosen" }, emoji(option.emoji), option.label)) : placeholder),
  waiting ? dots() : icon("down"));
}

/** The component of a message with this custom_id, however deep. */
export function findComponent(list, customId) {
  for (const component of list ?? []) {
    if (component?.custom_id === customId) return component;
    const inner = component && findComponent([...(component.components ?? []), component.accessory], customId);
    if (inner) return inner;
  }
  return null;
}
