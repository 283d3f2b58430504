// A list that opens beside a button or at a point: the selects of messages, the members, the apps of a message.

import { h, icon } from "./dom.js";

const chosen = (row) => row.ariaSelected === "true";

/**
 * Opens a list beside `anchor`. `items`: {label, note, mark, value, selected}. Choosing one calls `onPick([value])`;
 * with `max` above 1 several can be ticked and are passed when the list closes. `at`: {x, y} instead of the anchor.
 */
export function openPicker(anchor, items, { onPick, min = 1, max = 1, label = "Choose", at = null }) {
  const several = max > 1;
  const back = at ? document.activeElement : anchor;
  const rows = items.map(row);
  const list = h("div", { class: "picker", role: "listbox", popover: at ? "manual" : "auto", "aria-label": label, "aria-multiselectable": several ? "true" : null, tabindex: "-1" }, rows);
  // At a point it opens while the button or finger is still down, and the release must not dismiss the list.
  const outside = ({ target }) => at && !list.contains(target) && list.hidePopover();
  const picked = () => items.filter((item, index) => chosen(rows[index])).map(({ value }) => value);
  const before = picked().join();

  list.addEventListener("click", ({ target }) => {
    const one = target.closest("[role=option]");
    if (one && several) one.ariaSelected = !chosen(one) && picked().length < max;
    else if (one) {
      list.hidePopover();
      onPick([items[rows.indexOf(one)].value]);
    }
  });
  list.addEventListener("keydown", (event) => steer(event, rows, list));
  list.addEventListener("toggle", ({ newState }) => {
    if (newState !== "closed") return;
    const values = picked();
    list.remove();
    document.removeEventListener("pointerdown", outside, true);
    if (!at) anchor.ariaExpanded = "false";
    back.focus({ preventScroll: true });
    if (several && values.join() !== before && values.length >= min) onPick(values);
  });

  (anchor.closest("main, aside") ?? document.body).append(list);
  list.showPopover();
  place(list, at ? new DOMRect(at.x, at.y, 0, 0) : anchor.getBoundingClientRect());
  document.addEventListener("pointerdown", outside, true);
  if (!at) anchor.ariaExpanded = "true";
  (rows.find(chosen) ?? rows[0])?.focus();
}

const row = ({ label, note, mark, selected }) =>
  h("div", { class: "picker-row", role: "option", tabindex: "-1", "aria-selected": String(Boolean(selected)) }, mark,
    h("span", { class: "picker-words" }, h("span", { class: "picker-label" }, label), note ? h("span", { class: "picker-note" }, note) : null), icon("check"));

function steer(event, rows, list) {
  const { key } = event;
  const at = rows.indexOf(document.activeElement);
  const target = { ArrowDown: (at + 1) % rows.length, ArrowUp: (at - 1 + rows.length) % rows.length, Home: 0, End: rows.length - 1 }[key];
  if (target !== undefined) rows[target].focus();
  else if (key === "Enter" || key === " ") document.activeElement.click();
  else if (key === "Tab" || key === "Escape") list.hidePopover();
  else if (key.length === 1) rows.find((one) => one.textContent.toLowerCase().startsWith(key.toLowerCase()))?.focus();
  else return;
  event.preventDefault();
  event.stopPropagation(); // the element around the list handles Escape too
}

function place(list, from) {
  const width = Math.min(Math.max(from.width, 220), innerWidth - 16);
  const below = innerHeight - from.bottom - 16;
  const height = Math.min(list.scrollHeight + 2, 340);
  const up = below < height && from.top > below;
  const room = Math.min(340, up ? from.top - 16 : below);
  const top = up ? Math.max(8, from.top - Math.min(height, room) - 6) : from.bottom + 6;
  const left = Math.max(8, Math.min(from.left, innerWidth - width - 8));
  Object.assign(list.style, { width: `${width}px`, left: `${left}px`, top: `${top}px`, maxHeight: `${room}px` });
}
