// Pictures in full size, one at a time, with their alt text; arrow keys step through the gallery.

import { externalLink, h, icon, iconButton } from "../core/dom.js";

let only;

/** The page's only lightbox. */
export const lightbox = () => (only ??= new Lightbox());

class Lightbox {
  constructor() {
    this.image = h("img", { class: "lightbox-image", alt: "" });
    this.words = h("p", { class: "lightbox-words", "aria-live": "polite" });
    this.counter = h("span", { class: "lightbox-counter" });
    this.original = externalLink({ class: "lightbox-link" }, "Open original", icon("open"));
    this.arrows = [["left", "Previous picture", -1], ["right", "Next picture", 1]].map(([name, label, step]) =>
      iconButton(`icon-button lightbox-${name}`, label, name, { onclick: () => this.step(step) }));
    this.close = iconButton("icon-button lightbox-close", "Close", "close", { onclick: () => this.dialog.close() });
    this.dialog = h("dialog", { class: "lightbox", "aria-label": "Picture", onkeydown: (event) => this.key(event) },
      this.arrows[0], h("figure", {}, this.image, h("figcaption", {}, this.words, h("span", { class: "lightbox-facts" }, this.counter, this.original))), this.arrows[1], this.close);
    this.dialog.addEventListener("click", ({ target }) => target.closest("img, a, button, figcaption") || this.dialog.close());
    document.body.append(this.dialog);
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
    const several = this.pictures.length > 1;
    Object.assign(this.image, { src, alt });
    this.words.textContent = alt;
    this.original.href = src;
    this.counter.textContent = several ? `${at + 1} of ${this.pictures.length}` : "";
    for (const arrow of this.arrows) arrow.hidden = !several;
  }

  key(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    this.step(step);
  }
}
