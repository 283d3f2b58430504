// A list that opens beside a button or at a point: the selects of messages, the members, the apps of a message.

import { h, icon } from "./dom.js";

/**
 * Opens a list beside `anchor`. `items`: {label, note, mark, value, selected}. Choosing one calls `onPick([value])`;
 * with `max` above 1 several can be ticked and are handed over when the list closes. `at`: {x, y} instead of the anchor.
 */
export function openPicker(anchor, items, { onPick, min = 1, max = 1, label = "Choose", at = null }) {
  const several = max > 1;
  const back = at ? document.activeElement : anchor;
  // At a point it opens while the button or finger is still down: its release must not dismiss the list.
  const outside = ({ target }) => at && !list.contains(target) && list.hidePopover();
  const list = h("div", { class: "picker", role: "listbox", popover: at ? "manual" : "auto", "aria-label": label, "aria-multiselectable": several ? "true" : null, tabindex: "-1" },
    items.map((item) => row(item, several)));
  const rows = [...list.children];
  const picked = () => rows.map((one, at) => (one.getAttribute("aria-selected") === "true" ? items[at].value : null)).filter((value) => value !== null);
  const before = picked().join();

  list.addEventListener("click", (event) => {
    const one = event.target.closest("[role=option]");
    if (!one) return;
    if (several) {
      const on = one.getAttribute("aria-selected") === "true";
      if (on || picked().length < max) one.setAttribute("aria-selected", String(!on));
      return;
    }
    list.hidePopover();
    onPick([items[rows.indexOf(one)].value]);
  });
  list.addEventListener("keydown", (event) => steer(event, rows, list));
  list.addEventListener("toggle", (event) => {
    if (event.newState !== "closed") return;
    const values = picked();
    list.remove();
    document.removeEventListener("pointerdown", outside, true);
    if (!at) anchor.setAttribute("aria-expanded", "false");
    back.focus({ preventScroll: true });
    if (several && values.join() !== before && values.length >= min) onPick(values);
  });

  document.body.append(list);
  list.showPopover();
  place(list, at ? new DOMRect(at.x, at.y, 0, 0) : anchor.getBoundingClientRect());
  document.addEventListener("pointerdown", outside, true);
  if (!at) anchor.setAttribute("aria-expanded", "true");
  (rows.find((one) => one.getAttribute("aria-selected") === "true") ?? rows[0])?.focus();
}

function row(item, several) {
  return h("div", { class: "picker-row", role: "option", tabindex: "-1", "aria-selected": String(Boolean(item.selected)), data: { several } },
    item.mark ?? null,
    h("span", { class: "picker-words" }, h("span", { class: "picker-label" }, item.label), item.note ? h("span", { class: "picker-note" }, item.note) : null),
    icon("check"));
}

function steer(event, rows, list) {
  const at = rows.indexOf(document.activeElement);
  const target = {
    ArrowDown: (at + 1) % rows.length, ArrowUp: (at - 1 + rows.length) % rows.length, Home: 0, End: rows.length - 1,
  }[event.key];
  if (target !== undefined) rows[target].focus();
  else if (event.key === "Enter" || event.key === " ") document.activeElement.click();
  else if (event.key === "Tab" || event.key === "Escape") list.hidePopover();
  else if (event.key.length === 1) rows.find((one) => one.textContent.toLowerCase().startsWith(event.key.toLowerCase()))?.focus();
  else return;
  event.preventDefault();
}

function place(list, from) {
  const width = Math.min(Math.max(from.width, 220), innerWidth - 16);
  list.style.width = `${width}px`;
  list.style.left = `${Math.max(8, Math.min(from.left, innerWidth - width - 8))}px`;
  const below = innerHeight - from.bottom - 16;
  const height = Math.min(list.scrollHeight + 2, 340);
  const up = below < height && from.top > below;
  list.style.maxHeight = `${Math.min(340, up ? from.top - 16 : below)}px`;
  list.style.top = up ? `${Math.max(8, from.top - Math.min(height, from.top - 16) - 6)}px` : `${from.bottom + 6}px`;
}
