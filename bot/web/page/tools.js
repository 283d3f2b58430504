// What is being drawn, from the first point to the last. A finished shape becomes one step of the history.

class Stroke {
  constructor(kind, start, size) {
    Object.assign(this, { kind, size, points: [start] });
  }

  extend(point) {
    this.points.push(point);
  }

  /** The newest piece, drawn at once while the hand moves. */
  get newest() {
    return { ...this.step(), points: this.points.slice(-2) };
  }

  outline() {
    return "";
  }

  step() {
    return { kind: this.kind, size: this.size, points: this.points };
  }
}

class Rectangle {
  constructor(start) {
    this.start = this.end = start;
  }

  extend(point) {
    this.end = point;
  }

  outline(mask) {
    const { x, y, width, height } = this.#box(mask);
    return `M${x} ${y}h${width}v${height}h${-width}z`;
  }

  step(mask) {
    const box = this.#box(mask);
    return box.width && box.height ? { kind: "rectangle", ...box } : null;
  }

  // Whole pixels, inside the picture.
  #box({ width, height }) {
    const [left, right] = ends(this.start.x, this.end.x, width);
    const [top, bottom] = ends(this.start.y, this.end.y, height);
    return { x: left, y: top, width: right - left, height: bottom - top };
  }
}

class Lasso {
  constructor(start) {
    this.points = [start];
  }

  extend(point) {
    this.points.push(point);
  }

  outline() {
    return `M${this.points.map(({ x, y }) => `${x} ${y}`).join("L")}z`;
  }

  step() {
    return this.points.length > 2 ? { kind: "lasso", points: this.points } : null;
  }
}

function ends(one, other, most) {
  return [one, other].map((at) => Math.min(Math.max(Math.round(at), 0), most)).sort((a, b) => a - b);
}

export const TOOLS = {
  brush: (start, size) => new Stroke("paint", start, size),
  eraser: (start, size) => new Stroke("erase", start, size),
  rectangle: (start) => new Rectangle(start),
  lasso: (start) => new Lasso(start),
};

/** Whether a tool is a round tip with a size. */
export const isRound = (tool) => tool === "brush" || tool === "eraser";
