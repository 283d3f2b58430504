// Files that will go along with the next plain message: chosen, dropped or pasted, shown as chips until it is sent.

import { h, icon } from "./dom.js";
import { fileSize } from "./media.js";
import { upload } from "./upload.js";

const MOST = 10;

export class MessageFiles {
  constructor(store, notice) {
    Object.assign(this, { store, notice, waiting: [] });
    this.input = h("input", { type: "file", multiple: true, hidden: true, onchange: () => this.chosen() });
    this.button = h("button", { type: "button", class: "icon-button attach", "aria-label": "Attach files", onclick: () => this.input.click() }, icon("plus"));
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
    const stored = await upload(file, this.store.guild);
    if (stored.problem) return this.notice(stored.problem);
    this.waiting.push(stored);
    return this.draw();
  }

  clear() {
    this.waiting = [];
    this.draw();
  }

  drop(stored) {
    this.waiting = this.waiting.filter((one) => one !== stored);
    this.draw();
    this.button.focus();
  }

  draw() {
    this.list.hidden = !this.waiting.length;
    this.list.replaceChildren(...this.waiting.map((stored) => h("li", { class: "option-file" },
      stored.content_type.startsWith("image/") ? h("img", { src: stored.url, alt: "" }) : icon("file"),
      h("span", { class: "option-file-name" }, stored.filename), h("span", { class: "option-file-size" }, fileSize(stored.size)),
      h("button", { type: "button", class: "option-remove", "aria-label": `Remove ${stored.filename}`, onclick: () => this.drop(stored) }, icon("close")))));
  }
}
