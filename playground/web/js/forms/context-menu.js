// The bot's commands for a message: by right click, long press, the menu key, or the button in its corner.

import { openPicker } from "../core/picker.js";
import { EPHEMERAL } from "../timeline/message.js";

const HELD = 500; // milliseconds until a touch is a long press
const SLACK = 10; // pixels that a resting finger may move

export class ContextMenu {
  constructor(root, { store, actions, context }) {
    Object.assign(this, { store, actions, context, timer: null, held: false });
    root.addEventListener("contextmenu", (event) => this.asked(event));
    root.addEventListener("pointerdown", (event) => this.touched(event));
    root.addEventListener("pointermove", (event) => this.moved(event));
    for (const name of ["pointerup", "pointercancel"]) root.addEventListener(name, () => clearTimeout(this.timer));
    root.addEventListener("click", (event) => this.lifted(event), true);
  }

  /** The commands in a message's menu; ephemeral messages have none. */
  commands(message) {
    return !message || message.flags & EPHEMERAL ? [] : this.context.messageCommands();
  }

  /** Opens the menu of a message beside a button, or `at` a point; returns whether there is one. */
  open(anchor, message, at = null) {
    const commands = this.commands(message);
    if (!commands.length) return false;
    openPicker(anchor, commands.map(({ name }) => ({ label: name, value: name })), {
      label: "Apps", at, onPick: ([name]) => this.actions.context(message, name),
    });
    return true;
  }

  openAt(target, at) {
    const item = target.closest(".message");
    return Boolean(item) && this.open(item, this.store.message(item.dataset.id), at);
  }

  asked(event) {
    if (this.held) event.preventDefault(); // this same press has already opened it
    else if (this.browsers(event)) return;
    else if (this.openAt(event.target, pointOf(event))) {
      clearTimeout(this.timer);
      event.preventDefault();
    }
  }

  /** Whether to leave the browser's own menu: on links and selected text, or with Shift. */
  browsers({ target, shiftKey, button }) {
    const selected = !getSelection().isCollapsed && getSelection().containsNode(target, true);
    return (shiftKey && button === 2) || selected || Boolean(target.closest("a[href], input, textarea"));
  }

  touched(event) {
    clearTimeout(this.timer);
    this.held = false;
    if (event.pointerType !== "touch" || !event.isPrimary || this.browsers(event)) return;
    this.from = pointOf(event);
    this.timer = setTimeout(() => { this.held = this.openAt(event.target, this.from); }, HELD);
  }

  moved({ clientX, clientY }) {
    if (this.from && Math.hypot(clientX - this.from.x, clientY - this.from.y) > SLACK) clearTimeout(this.timer);
  }

  /** Keeps the end of a long press from being a click on the element below. */
  lifted(event) {
    if (!this.held) return;
    this.held = false;
    event.preventDefault();
    event.stopPropagation();
  }
}

/** Where an event happened; the menu key has no point, so it is a corner of the focused element. */
function pointOf({ clientX, clientY, target }) {
  if (clientX || clientY) return { x: clientX, y: clientY };
  const { left, bottom } = target.getBoundingClientRect();
  return { x: left, y: bottom };
}
