// The mask itself, at the picture's own size: ink where the picture may change, transparent elsewhere.

const ROWS = 256; // read at a time, so that a large picture doesn't take its size in memory again
const HALF = 128; // an edge pixel counts as painted from here on

export class Mask {
  #context;

  constructor(canvas, width, height) {
    [canvas.width, canvas.height] = [width, height];
    this.canvas = canvas;
    this.#context = canvas.getContext("2d", { willReadFrequently: true });
    this.#context.fillStyle = this.#context.strokeStyle = ink(this.#context, Math.max(width, height));
    this.#context.lineCap = this.#context.lineJoin = "round";
  }

  get width() { return this.canvas.width; }
  get height() { return this.canvas.height; }

  /** Draw these steps, and nothing that was there before. */
  redraw(steps) {
    const cleared = steps.findLastIndex((step) => step.kind === "clear");
    this.apply({ kind: "clear" });
    steps.slice(cleared + 1).forEach((step) => this.apply(step));
  }

  /** Draw one step on top. */
  apply(step) {
    const context = this.#context;
    context.globalCompositeOperation = COMPOSITION[step.kind] ?? "source-over";
    DRAW[step.kind](context, step, this.canvas);
  }

  /** How many pixels are painted. */
  count() {
    let count = 0;
    for (const { data } of this.#strips()) {
      for (let at = 3; at < data.length; at += 4) count += data[at] >= HALF ? 1 : 0;
    }
    return count;
  }

  /** A PNG of pure black and white. */
  async png() {
    const copy = document.createElement("canvas");
    [copy.width, copy.height] = [this.width, this.height];
    const context = copy.getContext("2d", { willReadFrequently: true });
    let top = 0;
    for (const strip of this.#strips()) {
      const pixels = new Uint32Array(strip.data.buffer);
      // The byte with the opacity is the last in memory, and all ones are opaque white in either byte order.
      for (let at = 0; at < pixels.length; at++) pixels[at] = strip.data[at * 4 + 3] >= HALF ? 0xffffffff : OPAQUE_BLACK;
      context.putImageData(strip, 0, top);
      top += strip.height;
    }
    const blob = await new Promise((resolve) => copy.toBlob(resolve, "image/png"));
    if (blob === null) throw new Error("This browser can't write a mask of this size. Try another one.");
    return blob;
  }

  *#strips() {
    for (let top = 0; top < this.height; top += ROWS) {
      yield this.#context.getImageData(0, top, this.width, Math.min(ROWS, this.height - top));
    }
  }
}

const OPAQUE_BLACK = new Uint32Array(new Uint8Array([0, 0, 0, 255]).buffer)[0];

const COMPOSITION = { erase: "destination-out", invert: "source-out" };

const DRAW = {
  paint: stroke,
  erase: stroke,
  rectangle: (context, { x, y, width, height }) => context.fillRect(x, y, width, height),
  lasso(context, { points }) {
    trace(context, points);
    context.fill();
  },
  invert: (context, _step, { width, height }) => context.fillRect(0, 0, width, height),
  clear: (context, _step, { width, height }) => context.clearRect(0, 0, width, height),
};

function stroke(context, { points, size }) {
  if (points.length === 1) {
    context.beginPath();
    context.arc(points[0].x, points[0].y, size / 2, 0, 2 * Math.PI);
    context.fill();
    return;
  }
  context.lineWidth = size;
  trace(context, points);
  context.stroke();
}

function trace(context, points) {
  context.beginPath();
  points.forEach(({ x, y }) => context.lineTo(x, y));
}

// Two colours in stripes: whatever the picture, one of them stands out.
function ink(context, side) {
  const tile = document.createElement("canvas");
  const unit = Math.max(4, Math.round(side / 160)) * 2;
  tile.width = tile.height = unit;
  const paint = tile.getContext("2d");
  paint.fillStyle = "#5b3df5";
  paint.fillRect(0, 0, unit, unit);
  paint.strokeStyle = "#b79bff";
  paint.lineWidth = unit * 0.34;
  for (const shift of [-unit, 0, unit]) {
    paint.beginPath();
    paint.moveTo(shift - unit / 2, unit * 1.5);
    paint.lineTo(shift + unit * 1.5, -unit / 2);
    paint.stroke();
  }
  return context.createPattern(tile, "repeat");
}
