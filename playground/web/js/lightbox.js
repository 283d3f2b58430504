// Pictures large, one at a time, with their alt text; arrow keys step through the gallery.

import { h, icon } from "./dom.js";

export class Lightbox {
  constructor() {
    this.image = h("img", { class: "lightbox-image", alt: "" });
    this.words = h("p", { class: "lightbox-words" });
    this.counter = h("span", { class: "lightbox-counter" });
    this.original = h("a", { class: "lightbox-link", target: "_blank", rel: "noopener noreferrer" }, "Open original", icon("open"));
    this.back = this.arrow("left", "Previous picture", -1);
    this.forth = this.arrow("right", "Next picture", 1);
    this.close = h("button", { type: "button", class: "icon-button lightbox-close", "aria-label": "Close", onclick: () => this.dialog.close() }, icon("close"));
    this.dialog = h("dialog", { class: "lightbox", "aria-label": "Picture" },
      this.back, h("figure", {}, this.image, h("figcaption", {}, this.words, h("span", { class: "lightbox-facts" }, this.counter, this.original))), this.forth, this.close);
    this.dialog.addEventListener("keydown", (event) => this.key(event));
    this.dialog.addEventListener("click", (event) => event.target.closest("img, a, button, figcaption") || this.dialog.close());
    document.body.append(this.dialog);
  }

  arrow(name, label, step) {
    return h("button", { type: "button", class: `icon-button lightbox-${name}`, "aria-label": label, onclick: () => this.step(step) }, icon(name));
  }

  /** `pictures`: {src, alt}; opens the one at `at`. */
  open(pictures, at) {
    this.pictures = pictures;
    this.show(at);
    this.dialog.showModal();
    this.close.focus();
  }

  step(by) {
    this.show((this.at + by + this.pictures.length) % this.pictures.length);
  }

  show(at) {
    this.at = at;
    const { src, alt } = this.pictures[at];
    this.image.src = src;
    this.image.alt = alt;
    this.words.textContent = alt;
    this.original.href = src;
    const several = this.pictures.length > 1;
    this.counter.textContent = several ? `${at + 1} of ${this.pictures.length}` : "";
    this.back.hidden = this.forth.hidden = !several;
  }

  key(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    this.step(step);
  }
}
