// What was done, step by step, and what was taken back.

export class History {
  #steps = [];
  #undone = [];

  get steps() { return this.#steps; }
  get canUndo() { return this.#steps.length > 0; }
  get canRedo() { return this.#undone.length > 0; }

  /** A new step; what was taken back before is gone. */
  add(step) {
    this.#steps.push(step);
    this.#undone = [];
  }

  undo() {
    if (this.canUndo) this.#undone.push(this.#steps.pop());
  }

  redo() {
    if (this.canRedo) this.#steps.push(this.#undone.pop());
  }
}
