// Message components, V1 rows and Components V2, drawn from the message's data.

import { h, icon } from "./dom.js";
import { fileCard, gallery, thumbnail } from "./media.js";
import { markdown } from "./markdown.js";
import { webAddress } from "./inline.js";

const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link" };
const SELECTS = { 3: "string", 5: "user", 6: "role", 7: "mentionable", 8: "channel" };
const DRAWN = {
  1: (row, message, context) => h("div", { class: "row" }, components(row.components, message, context)),
  2: button,
  3: select,
  5: select,
  6: select,
  7: select,
  8: select,
  9: section,
  10: (text, message, context) => h("div", { class: "text" }, markdown(text.content, context)),
  11: (component) => thumbnail(component),
  12: (component) => gallery(component.items),
  13: (component) => fileCard(component.file, component),
  14: (line) => h("div", { class: "separator", role: "none", data: { line: line.divider ?? true, spacing: line.spacing ?? 1 } }),
  17: container,
};

/** The elements of a list of components. Each keeps a key by kind and order, so that updates find it again. */
export function components(list, message, context) {
  const seen = {};
  return (list ?? []).map((component) => {
    const element = DRAWN[component.type]?.(component, message, context);
    if (!element) return null;
    seen[component.type] = (seen[component.type] ?? 0) + 1;
    element.dataset.key = component.custom_id ?? `${component.type}:${seen[component.type]}`;
    return element;
  });
}

function container(component, message, context) {
  const accent = component.accent_color;
  const coloured = accent !== null && accent !== undefined;
  const vars = coloured ? { "--accent-bar": `#${accent.toString(16).padStart(6, "0")}` } : {};
  const box = h("div", { class: "container", vars, data: { coloured } }, components(component.components, message, context));
  return component.spoiler ? veiled(box) : box;
}

const veiled = (box) =>
  h("div", { class: "veil", data: { spoiler: "block" }, role: "button", tabindex: "0", "aria-label": "Spoiler, press to reveal" }, box);

function section(component, message, context) {
  return h("div", { class: "section" },
    h("div", { class: "section-texts" }, components(component.components, message, context)),
    h("div", { class: "section-accessory" }, components([component.accessory].filter(Boolean), message, context)));
}

export function emoji(value) {
  if (!value) return null;
  return h("span", { class: value.id ? "emoji-name" : "emoji", "aria-hidden": "true" }, value.id ? `:${value.name}:` : value.name);
}

function button(component, message, context) {
  const style = STYLES[component.style] ?? "secondary";
  const words = [emoji(component.emoji), component.label ? h("span", { class: "button-label" }, component.label) : null];
  const name = component.label ? null : component.emoji?.name;
  if (component.style === 5) {
    const href = component.disabled ? null : webAddress(component.url ?? "");
    return h("a", { class: "button link", href, target: "_blank", rel: "noopener noreferrer", "aria-label": name, "aria-disabled": component.disabled ? "true" : null, data: { key: component.url } },
      words, icon("open"));
  }
  const waiting = context.waiting(message.id, component.custom_id);
  return h("button",
    { type: "button", class: `button ${style}`, disabled: component.disabled, "aria-label": name, "aria-busy": waiting ? "true" : null, data: { press: component.custom_id } },
    h("span", { class: "button-face" }, words), waiting ? dots() : null);
}

export const dots = () => h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i"));

function select(component, message, context) {
  const chosen = (component.options ?? []).filter((option) => option.default);
  const waiting = context.waiting(message.id, component.custom_id);
  const shown = chosen.length ? chosen.map((option) => h("span", { class: "chosen" }, emoji(option.emoji), option.label)) : null;
  const placeholder = component.placeholder || "Make a selection";
  const label = chosen.length ? `${placeholder}: ${chosen.map((option) => option.label).join(" ")}` : placeholder;
  return h("button",
    {
      type: "button", class: "select", disabled: component.disabled, "aria-haspopup": "listbox", "aria-expanded": "false",
      "aria-busy": waiting ? "true" : null, "aria-label": label, data: { select: component.custom_id, kind: SELECTS[component.type] },
    },
    h("span", { class: "select-value", data: { empty: !shown } }, shown ?? placeholder), waiting ? dots() : icon("down"));
}

/** The component of a message with this custom_id, however deep. */
export function findComponent(list, customId) {
  for (const component of list ?? []) {
    if (component?.custom_id === customId) return component;
    const inner = findComponent([...(component?.components ?? []), component?.accessory].filter(Boolean), customId);
    if (inner) return inner;
  }
  return null;
}
