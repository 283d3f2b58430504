// Mouse, pen and fingers on the stage: one draws, two zoom and move, the middle button or Space moves.

export class Pointers {
  #stage;
  #editor;
  #overlay;
  #down = new Map();
  #doing = null;
  #grab = false;

  constructor(stage, editor, overlay) {
    this.#stage = stage;
    this.#editor = editor;
    this.#overlay = overlay;
    const element = stage.element;
    element.addEventListener("pointerdown", (event) => this.#press(event));
    element.addEventListener("pointermove", (event) => this.#move(event));
    element.addEventListener("pointerup", (event) => this.#release(event));
    element.addEventListener("pointercancel", (event) => this.#release(event));
    element.addEventListener("pointerleave", () => this.#noRing());
    element.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    element.addEventListener("contextmenu", (event) => event.preventDefault());
  }

  /** While true, a press moves the picture instead of drawing. */
  set grab(wanted) {
    this.#grab = wanted;
    this.#markGrab();
  }

  #press(event) {
    this.#down.set(event.pointerId, event);
    if (this.#down.size > 1) this.#begin("pinch");
    else if (event.button === 1 || (event.button === 0 && this.#grab)) this.#begin("pan");
    else if (event.button === 0) this.#begin("draw", event);
    this.#stage.element.setPointerCapture(event.pointerId);
    if (event.button === 1) event.preventDefault();
  }

  #begin(what, event) {
    this.#editor.cancel();
    this.#doing = what;
    if (what === "draw") this.#editor.begin(this.#stage.point(event));
    this.#markGrab();
  }

  #move(event) {
    this.#ring(event);
    const before = this.#down.get(event.pointerId);
    if (before === undefined) return;
    if (this.#doing === "draw") this.#draw(event);
    if (this.#doing === "pan") this.#stage.pan(event.clientX - before.clientX, event.clientY - before.clientY);
    if (this.#doing === "pinch") this.#pinch(event);
    this.#down.set(event.pointerId, event);
  }

  #draw(event) {
    const passed = event.getCoalescedEvents?.() ?? [];
    for (const each of passed.length ? passed : [event]) this.#editor.extend(this.#stage.point(each));
  }

  #pinch(event) {
    const [one, two] = [...this.#down.values()];
    const [first, second] = [...this.#down.values()].map((each) => (each.pointerId === event.pointerId ? event : each));
    const [from, to] = [middle(one, two), middle(first, second)];
    this.#stage.pan(to.clientX - from.clientX, to.clientY - from.clientY);
    this.#stage.zoom(apart(first, second) / Math.max(apart(one, two), 1), to);
  }

  #release(event) {
    if (!this.#down.delete(event.pointerId)) return;
    if (this.#doing === "draw" && event.type === "pointercancel") this.#editor.cancel();
    else if (this.#doing === "draw") this.#editor.finish();
    // The finger that stays after a pinch is on its way up, too: it doesn't draw.
    this.#doing = null;
    this.#markGrab();
  }

  #wheel(event) {
    event.preventDefault();
    const line = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    if (event.shiftKey) this.#stage.pan(-(event.deltaX || event.deltaY) * line, 0);
    // A trackpad's pinch arrives as a small turn of the wheel with Ctrl.
    else this.#stage.zoom(Math.exp(-event.deltaY * line * (event.ctrlKey ? 0.01 : 0.0016)), event);
  }

  #ring(event) {
    if (event.pointerType === "touch") return;
    const shown = this.#editor.tip > 0 && !this.#grab && this.#doing !== "pan";
    this.#stage.element.dataset.ring = shown;
    this.#overlay.ring(this.#stage.point(event), shown ? this.#editor.tip : 0);
  }

  #noRing() {
    this.#stage.element.dataset.ring = false;
    this.#overlay.noCursor();
  }

  #markGrab() {
    this.#stage.element.dataset.grab = this.#doing === "pan" ? "held" : this.#grab ? "ready" : "no";
  }
}

function middle(one, two) {
  return { clientX: (one.clientX + two.clientX) / 2, clientY: (one.clientY + two.clientY) / 2 };
}

function apart(one, two) {
  return Math.hypot(one.clientX - two.clientX, one.clientY - two.clientY);
}
