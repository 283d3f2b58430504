// What a click in the list of messages does: one listener for all of them, so that patched elements need none.

import { choicesOf, OPTION_TYPES } from "../core/choices.js";
import { openPicker } from "../core/picker.js";
import { findComponent } from "./components.js";
import { emoji } from "./inline.js";

export class Clicks {
  constructor(root, { store, actions, showLarge, timeline, menu, notice }) {
    Object.assign(this, { store, actions, showLarge, timeline, menu, notice });
    root.addEventListener("click", (event) => this.click(event));
  }

  click(event) {
    const veil = event.target.closest("[data-spoiler]:not([data-revealed])");
    if (veil) return reveal(event, veil);
    const target = event.target.closest("[data-press], [data-select], [data-lightbox], [data-dismiss], [data-tools], [data-jump-channel]");
    if (!target || target.ariaBusy === "true") return;
    const message = this.store.message(target.closest(".message").dataset.id);
    const { press, select, lightbox, dismiss, jumpChannel } = target.dataset;
    if (jumpChannel) this.jump(event, target.dataset);
    else if (dismiss) this.actions.dismiss(dismiss);
    else if (press) this.actions.press(message, press);
    else if (select) this.select(target, message, select);
    else if (lightbox) this.enlarge(target);
    else this.menu.open(target, message);
  }

  jump(event, { jumpChannel, jumpMessage }) {
    event.preventDefault();
    if (!this.timeline.jump(jumpChannel, jumpMessage)) this.notice("That message is not here any more");
  }

  select(anchor, message, customId) {
    const component = findComponent(message.components, customId);
    const { placeholder, min_values: min, max_values: max } = component;
    const chosen = this.store.chosen.get(`${message.id}:${customId}`);
    const items = (component.options ?? this.entities(component, anchor.dataset.kind)).map((option) => ({
      label: option.label, note: option.description, value: option.value, selected: chosen ? chosen.includes(option.value) : option.default, mark: emoji(option.emoji),
    }));
    openPicker(anchor, items, {
      min: min ?? 1, max: max ?? 1, label: placeholder || "Make a selection", onPick: (values) => {
        // As in Discord's client: what is chosen already is not sent again.
        if (values.join() !== items.filter(({ selected }) => selected).map(({ value }) => value).join()) this.actions.choose(message, customId, values);
      },
    });
  }

  entities(component, kind) {
    const defaults = new Set((component.default_values ?? []).map(({ id }) => id));
    return choicesOf({ type: OPTION_TYPES[kind], channel_types: component.channel_types }, this.store)
      .map(({ name, value }) => ({ label: name, value, default: defaults.has(value) }));
  }

  enlarge(target) {
    const images = [...target.closest(".gallery").querySelectorAll(".tile img")];
    const at = images.indexOf(target.querySelector("img"));
    if (at >= 0) this.showLarge(images.map(({ src, alt }) => ({ src, alt })), at);
  }
}

function reveal(event, veil) {
  event.preventDefault();
  veil.setAttribute("data-revealed", "");
  if (event.target.matches("button.spoiler-tag")) veil.closest(".message").focus({ preventScroll: true }); // the button is hidden now, and would lose the focus
}
