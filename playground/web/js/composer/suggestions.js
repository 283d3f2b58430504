// The list above the composer: commands, choices and the bot's suggestions, controlled by keys in the text field.

import { h } from "../core/dom.js";

export class Suggestions {
  constructor(root) {
    this.root = root;
    this.title = h("p", { class: "suggestion-title" });
    this.list = h("ul", { role: "listbox", id: "suggestions", "aria-label": "Suggestions" });
    this.none = h("p", { class: "suggestion-empty", role: "status" });
    root.append(this.title, this.list, this.none);
    root.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
    root.addEventListener("click", ({ target }) => {
      const at = [...this.list.children].indexOf(target.closest(".suggestion"));
      if (at >= 0) this.pick(at);
    });
    this.hide();
  }

  get open() {
    return !this.root.hidden;
  }

  /** Shows `items` ({label, note, badge}) for `field`; `active` is the one that Enter takes, -1 for none. */
  show(field, items, { onPick, active = 0, empty = "", title = "" }) {
    if (!items.length && !empty) {
      this.hide();
      return;
    }
    Object.assign(this, { field, items, onPick, active: items.length ? active : -1 });
    this.root.hidden = false;
    this.title.hidden = !title;
    this.title.textContent = title;
    this.list.hidden = !items.length;
    this.list.replaceChildren(...items.map(row));
    this.none.hidden = items.length;
    this.none.textContent = items.length ? "" : empty;
    this.mark();
  }

  hide() {
    this.root.hidden = true;
    Object.assign(this, { items: [], active: -1 });
    this.field?.removeAttribute("aria-activedescendant");
  }

  mark() {
    [...this.list.children].forEach((one, at) => one.setAttribute("aria-selected", at === this.active));
    const chosen = this.list.children[this.active];
    chosen?.scrollIntoView({ block: "nearest" });
    if (chosen) this.field.setAttribute("aria-activedescendant", chosen.id);
    else this.field.removeAttribute("aria-activedescendant");
  }

  /** Takes arrow keys, Enter, Tab and Escape while the list is open; returns whether the key was used. */
  key({ key, shiftKey, isComposing }) {
    if (!this.open || isComposing) return false;
    if (key === "Escape") this.hide();
    else if ((key === "ArrowDown" || key === "ArrowUp") && this.items.length) this.step(key === "ArrowDown" ? 1 : -1);
    else if ((key === "Enter" || key === "Tab") && !shiftKey && this.active >= 0) this.pick(this.active);
    else return false;
    return true;
  }

  step(by) {
    const { length } = this.items;
    this.active = (Math.max(this.active, by > 0 ? -1 : 0) + by + length) % length;
    this.mark();
  }

  pick(at) {
    const item = this.items[at];
    this.hide();
    this.onPick(item);
  }
}

const row = ({ label, note, badge }, at) =>
  h("li", { class: "suggestion", role: "option", id: `suggestion-${at}` }, h("span", { class: "suggestion-label" }, label),
    note ? h("span", { class: "suggestion-note" }, note) : null, badge ? h("span", { class: "suggestion-badge" }, badge) : null);
