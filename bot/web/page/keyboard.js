// The same by keyboard: a cursor that the arrows move and that Enter or Space paints with, and a key for each control.

const STEP = 12; // screen pixels
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const CROSS = 22; // screen pixels

export class Keyboard {
  #stage;
  #editor;
  #overlay;
  #pointers;
  #bounds;
  #commands;
  #cursor;
  #shown = false;
  #painting = false;

  constructor(stage, editor, overlay, pointers, mask, commands) {
    [this.#stage, this.#editor, this.#overlay, this.#pointers] = [stage, editor, overlay, pointers];
    [this.#bounds, this.#commands] = [mask, commands];
    this.#cursor = { x: Math.round(mask.width / 2), y: Math.round(mask.height / 2) };
    const element = stage.element;
    element.addEventListener("focus", () => element.matches(":focus-visible") && this.#show());
    element.addEventListener("blur", () => this.#leave());
    element.addEventListener("pointermove", () => (this.#shown = false));
    for (const event of ["view", "tool"]) {
      (event === "view" ? stage : editor).addEventListener(event, () => this.#shown && this.#show());
    }
    document.addEventListener("keydown", (event) => this.#down(event));
    document.addEventListener("keyup", (event) => this.#up(event));
  }

  #down(event) {
    if (event.target.closest("textarea") || event.altKey) return;
    const handled = event.target === this.#stage.element && this.#onStage(event);
    if (handled || this.#anywhere(event)) event.preventDefault();
  }

  #anywhere(event) {
    const held = event.ctrlKey || event.metaKey ? "ctrl+" : "";
    const command = this.#commands[held + (held && event.shiftKey ? "shift+" : "") + event.key.toLowerCase()];
    command?.();
    return command !== undefined;
  }

  #onStage(event) {
    if (event.ctrlKey || event.metaKey) return false;
    if (event.key in ARROWS) this.#step(...ARROWS[event.key], event.shiftKey ? 1 : STEP / this.#stage.scale);
    else if (event.key === "Enter" || (event.key === " " && this.#shown)) event.repeat || this.#press();
    else if (event.key === " ") this.#pointers.grab = true;
    else if (event.key === "Escape") this.#editor.cancel();
    else return false;
    return true;
  }

  #step(across, down, by) {
    const { width, height } = this.#bounds;
    this.#cursor = { x: within(this.#cursor.x + across * by, width), y: within(this.#cursor.y + down * by, height) };
    this.#stage.reveal(this.#cursor);
    this.#show();
    if (this.#editor.drawing) this.#editor.extend(this.#cursor);
  }

  // A round tip paints while the key is down; other shapes begin with one press and end with the next.
  #press() {
    this.#show();
    if (this.#editor.drawing) this.#editor.finish();
    else this.#editor.begin(this.#cursor);
    this.#painting = this.#editor.drawing && this.#editor.tip > 0;
  }

  #up(event) {
    if (event.key === " ") this.#pointers.grab = false;
    if (event.key === " " || event.key === "Enter") this.#lift();
  }

  #lift() {
    if (this.#painting) this.#editor.finish();
    this.#painting = false;
  }

  #leave() {
    this.#lift();
    this.#pointers.grab = false;
    if (this.#shown) this.#overlay.noCursor();
    this.#shown = false;
  }

  #show() {
    this.#shown = true;
    this.#stage.element.dataset.ring = true;
    this.#overlay.cross(this.#cursor, this.#editor.tip, CROSS / this.#stage.scale);
  }
}

function within(at, most) {
  return Math.min(Math.max(Math.round(at), 0), most);
}
