// Lines above the mask: the shape under way and the cursor. Each is drawn dark and light, to be seen on anything.

export class Overlay {
  #shape;
  #cursor;

  constructor(svg, width, height) {
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.#shape = svg.querySelectorAll(".shape");
    this.#cursor = svg.querySelectorAll(".cursor");
  }

  /** The outline of what is being drawn, as path data. */
  shape(path) {
    write(this.#shape, path);
  }

  /** A ring of this diameter; 0 shows none. */
  ring({ x, y }, diameter) {
    write(this.#cursor, circle(x, y, diameter / 2));
  }

  /** The keyboard's cursor: the ring, if any, with a cross of this length. */
  cross({ x, y }, diameter, length) {
    const half = length / 2;
    const lines = `M${x - half} ${y}h${length}M${x} ${y - half}v${length}`;
    write(this.#cursor, circle(x, y, diameter / 2) + lines);
  }

  noCursor() {
    write(this.#cursor, "");
  }
}

function circle(x, y, r) {
  return r ? `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0` : "";
}

function write(paths, data) {
  paths.forEach((path) => path.setAttribute("d", data));
}
