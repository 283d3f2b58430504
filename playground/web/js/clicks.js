// What a click or key in the list of messages means: one listener for all messages, whatever is patched.

import { findComponent } from "./components.js";
import { h } from "./dom.js";
import { openPicker } from "./picker.js";
import { choicesOf, TYPES } from "./command.js";

const KINDS = { user: TYPES.user, role: TYPES.role, mentionable: TYPES.mentionable, channel: TYPES.channel };

export class Clicks {
  constructor(root, { store, actions, lightbox, timeline, menu, notice }) {
    Object.assign(this, { store, actions, lightbox, timeline, menu, notice });
    root.addEventListener("click", (event) => this.click(event));
    root.addEventListener("keydown", (event) => {
      if (!["Enter", " "].includes(event.key) || !event.target.matches("[data-spoiler][role=button]")) return;
      event.preventDefault();
      event.target.click();
    });
  }

  click(event) {
    const veil = event.target.closest("[data-spoiler]:not([data-revealed])");
    if (veil) {
      event.preventDefault();
      veil.setAttribute("data-revealed", "");
      return;
    }
    const target = event.target.closest("[data-press], [data-select], [data-lightbox], [data-dismiss], [data-tools], [data-jump-channel]");
    const message = target && this.store.message(target.closest(".message")?.dataset.id);
    if (!target) return;
    const { press, select, lightbox, dismiss, tools, jumpChannel } = target.dataset;
    if (jumpChannel) this.jump(event, target.dataset);
    else if (dismiss) this.actions.dismiss(dismiss);
    else if (press && target.ariaBusy !== "true") this.actions.press(message, press);
    else if (select && target.ariaBusy !== "true") this.select(target, message, select);
    else if (lightbox) this.enlarge(target);
    else if (tools) this.menu.open(target, message);
  }

  jump(event, { jumpChannel, jumpMessage }) {
    event.preventDefault();
    if (!this.timeline.jump(jumpChannel, jumpMessage)) this.notice("That message is not here any more");
  }

  select(anchor, message, customId) {
    const component = findComponent(message.components, customId);
    const items = (component.options ?? this.entities(component, anchor.dataset.kind)).map((option) => ({
      label: option.label, note: option.description, value: option.value, selected: option.default,
      mark: option.emoji?.name && !option.emoji.id ? h("span", { class: "emoji", "aria-hidden": "true" }, option.emoji.name) : null,
    }));
    openPicker(anchor, items, {
      min: component.min_values ?? 1, max: component.max_values ?? 1, label: component.placeholder || "Make a selection",
      onPick: (values) => this.actions.choose(message, customId, values),
    });
  }

  entities(component, kind) {
    return choicesOf({ type: KINDS[kind], channel_types: component.channel_types }, this.store).map(({ name, value }) => ({ label: name, value }));
  }

  enlarge(target) {
    const tiles = [...target.closest(".gallery").querySelectorAll(".tile img")];
    const at = tiles.indexOf(target.querySelector("img"));
    if (at >= 0) this.lightbox.open(tiles.map((image) => ({ src: image.src, alt: image.alt })), at);
  }
}
