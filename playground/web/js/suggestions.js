// The list above the composer: commands, choices and the bot's own suggestions, steered from the text field.

import { h } from "./dom.js";

let count = 0;

export class Suggestions {
  constructor(root) {
    this.root = root;
    this.items = [];
    this.active = -1;
    this.list = h("ul", { class: "suggestion-list", role: "listbox", id: "suggestions", "aria-label": "Suggestions" });
    root.append(this.list);
    root.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
    root.addEventListener("click", (event) => this.clicked(event));
    this.hide();
  }

  get open() {
    return !this.root.hidden;
  }

  /** Shows `items` ({label, note, badge}) for `field`; `active` is the one that Enter takes, -1 for none. */
  show(field, items, { onPick, active = 0, empty = null, title = "" }) {
    if (!items.length && !empty) {
      this.hide();
      return;
    }
    Object.assign(this, { field, items, onPick, active: items.length ? active : -1 });
    this.root.hidden = false;
    this.list.replaceChildren(
      ...(title ? [h("li", { class: "suggestion-title", role: "presentation" }, title)] : []),
      ...items.map((item, at) => this.row(item, at)),
      ...(items.length ? [] : [h("li", { class: "suggestion-empty", role: "presentation" }, empty)]),
    );
    field.setAttribute("aria-expanded", "true");
    this.mark();
  }

  row(item, at) {
    return h("li", { class: "suggestion", role: "option", id: `suggestion-${(count += 1)}`, "aria-selected": "false", data: { at } },
      h("span", { class: "suggestion-label" }, item.label),
      item.note ? h("span", { class: "suggestion-note" }, item.note) : null,
      item.badge ? h("span", { class: "suggestion-badge" }, item.badge) : null);
  }

  hide() {
    this.root.hidden = true;
    this.items = [];
    this.active = -1;
    this.field?.setAttribute("aria-expanded", "false");
    this.field?.removeAttribute("aria-activedescendant");
  }

  mark() {
    const rows = [...this.list.querySelectorAll(".suggestion")];
    rows.forEach((row, at) => row.setAttribute("aria-selected", String(at === this.active)));
    const row = rows[this.active];
    row?.scrollIntoView({ block: "nearest" });
    if (row) this.field.setAttribute("aria-activedescendant", row.id);
    else this.field.removeAttribute("aria-activedescendant");
  }

  /** Takes arrow keys, Enter, Tab and Escape while the list is open; says whether it did. */
  key(event) {
    if (!this.open || event.isComposing) return false;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!this.items.length) return false;
      this.active = (Math.max(this.active, event.key === "ArrowUp" ? 0 : -1) + (event.key === "ArrowDown" ? 1 : this.items.length - 1)) % this.items.length;
      this.mark();
      return true;
    }
    if (event.key === "Escape") {
      this.hide();
      return true;
    }
    const takes = (event.key === "Enter" && !event.shiftKey) || (event.key === "Tab" && !event.shiftKey);
    if (!takes || this.active < 0) return false;
    this.pick(this.active);
    return true;
  }

  clicked(event) {
    const row = event.target.closest(".suggestion");
    if (row) this.pick(Number(row.dataset.at));
  }

  pick(at) {
    const item = this.items[at];
    this.hide();
    this.onPick(item);
  }
}
