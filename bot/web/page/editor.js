// One mask being edited: the tool in hand, the shape under way, the steps so far. Fires "change" and "tool".

import { History } from "./history.js";
import { isRound, TOOLS } from "./tools.js";

export class Editor extends EventTarget {
  #history = new History();
  #mask;
  #overlay;
  #shape = null;
  #tool = "brush";
  #size = 0;

  constructor(mask, overlay) {
    super();
    this.#mask = mask;
    this.#overlay = overlay;
  }

  get drawing() { return this.#shape !== null; }
  get canUndo() { return this.#history.canUndo; }
  get canRedo() { return this.#history.canRedo; }

  get tool() { return this.#tool; }
  set tool(name) {
    this.cancel();
    this.#tool = name;
    this.dispatchEvent(new Event("tool"));
  }

  /** The round tip's diameter in the picture's pixels; 0 for a tool without one. */
  get tip() { return isRound(this.#tool) ? this.#size : 0; }
  set size(pixels) {
    this.#size = pixels;
    this.dispatchEvent(new Event("tool"));
  }

  begin(point) {
    this.cancel();
    this.#shape = TOOLS[this.#tool](point, this.#size);
    this.#show();
  }

  extend(point) {
    this.#shape?.extend(point);
    this.#show();
  }

  finish() {
    const step = this.#shape?.step(this.#mask);
    const drawn = this.#shape?.newest !== undefined;
    this.#drop();
    if (step) this.#add(step, drawn);
  }

  /** Give up the shape under way. */
  cancel() {
    if (!this.drawing) return;
    this.#drop();
    this.#mask.redraw(this.#history.steps);
  }

  invert() { this.#whole("invert"); }
  clear() { this.#whole("clear"); }
  undo() { this.#travel(() => this.#history.undo()); }
  redo() { this.#travel(() => this.#history.redo()); }

  #whole(kind) {
    this.cancel();
    this.#add({ kind }, false);
  }

  #travel(move) {
    this.#drop();
    move();
    this.#mask.redraw(this.#history.steps);
    this.dispatchEvent(new Event("change"));
  }

  #add(step, drawn) {
    this.#history.add(step);
    if (!drawn) this.#mask.apply(step);
    this.dispatchEvent(new Event("change"));
  }

  #show() {
    if (!this.#shape) return;
    if (this.#shape.newest) this.#mask.apply(this.#shape.newest);
    this.#overlay.shape(this.#shape.outline(this.#mask));
  }

  #drop() {
    this.#shape = null;
    this.#overlay.shape("");
  }
}
