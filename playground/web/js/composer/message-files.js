// The files of the next plain message: chosen, dropped or pasted, shown as chips until it is sent.

import { h, iconButton } from "../core/dom.js";
import { fileChip, upload } from "../core/upload.js";

const MOST = 10;

export class MessageFiles {
  constructor(store, notice) {
    Object.assign(this, { store, notice, waiting: [] });
    this.input = h("input", { type: "file", multiple: true, hidden: true, onchange: () => this.chosen() });
    this.button = iconButton("icon-button attach", "Attach files", "plus", { onclick: () => this.input.click() });
    this.list = h("ul", { class: "waiting-files", "aria-label": "Files to send", hidden: true });
  }

  get ids() {
    return this.waiting.map(({ id }) => id);
  }

  async chosen() {
    const files = [...this.input.files];
    this.input.value = "";
    for (const file of files) await this.take(file);
  }

  async take(file) {
    if (this.waiting.length >= MOST) return this.notice(`${MOST} files at most`);
    const stored = await upload(file, this.store);
    return stored.problem ? this.notice(stored.problem) : this.draw([...this.waiting, stored]);
  }

  clear() {
    this.draw([]);
  }

  drop(stored) {
    this.draw(this.waiting.filter((one) => one !== stored));
    this.button.focus();
  }

  draw(waiting) {
    this.waiting = waiting;
    this.list.hidden = !waiting.length;
    this.list.replaceChildren(...waiting.map((stored) => h("li", { class: "option-file" },
      fileChip(stored.content_type.startsWith("image/") && stored.url, stored.filename, stored.size),
      iconButton("option-remove", `Remove ${stored.filename}`, "close", { onclick: () => this.drop(stored) }))));
  }
}
