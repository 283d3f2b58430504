// The viewport: which part of the picture is seen, how large, and which pixel lies under a point of the screen.

const MOST = 16; // screen pixels for one of the picture's
const MARGIN = 24;
const SEEN = 48; // of the picture always stay in view
const CLOSE = 3; // from here on single pixels are shown as squares

export class Stage extends EventTarget {
  #sheet;
  #width;
  #height;
  #x = 0;
  #y = 0;
  #fitted = true;
  scale = 1;

  constructor(element, sheet, width, height) {
    super();
    this.element = element;
    this.#sheet = sheet;
    [this.#width, this.#height] = [width, height];
    [sheet.style.width, sheet.style.height] = [`${width}px`, `${height}px`];
    new ResizeObserver(() => (this.#fitted ? this.fit() : this.#show())).observe(element);
    this.fit();
  }

  /** The place in the picture, in its pixels, that an event points at. */
  point({ clientX, clientY }) {
    const { left, top } = this.element.getBoundingClientRect();
    return { x: (clientX - left - this.#x) / this.scale, y: (clientY - top - this.#y) / this.scale };
  }

  /** Show the whole picture. */
  fit() {
    const { clientWidth, clientHeight } = this.element;
    this.scale = this.#whole();
    this.#x = (clientWidth - this.#width * this.scale) / 2;
    this.#y = (clientHeight - this.#height * this.scale) / 2;
    this.#fitted = true;
    this.#show();
  }

  /** Zoom, keeping what lies under a point of the screen (the middle, unless told) where it is. */
  zoom(factor, at = this.#middle()) {
    const still = this.point(at);
    const least = Math.min(this.#whole(), 1) / 2;
    const { left, top } = this.element.getBoundingClientRect();
    this.scale = Math.min(Math.max(this.scale * factor, least), MOST);
    this.#move(at.clientX - left - still.x * this.scale, at.clientY - top - still.y * this.scale);
  }

  /** Move the picture by screen pixels. */
  pan(dx, dy) {
    this.#move(this.#x + dx, this.#y + dy);
  }

  /** Move the picture as little as needed for a place in it to be seen. */
  reveal({ x, y }) {
    const { clientWidth, clientHeight } = this.element;
    const dx = missing(this.#x + x * this.scale, clientWidth);
    const dy = missing(this.#y + y * this.scale, clientHeight);
    if (dx || dy) this.pan(dx, dy);
  }

  #move(x, y) {
    [this.#x, this.#y, this.#fitted] = [x, y, false];
    this.#show();
  }

  #whole() {
    const { clientWidth, clientHeight } = this.element;
    const margin = Math.min(MARGIN, clientWidth / 20);
    const across = (clientWidth - 2 * margin) / this.#width;
    const down = (clientHeight - 2 * margin) / this.#height;
    return Math.min(Math.max(Math.min(across, down), 0.01), MOST);
  }

  #middle() {
    const { left, top, width, height } = this.element.getBoundingClientRect();
    return { clientX: left + width / 2, clientY: top + height / 2 };
  }

  #show() {
    const { clientWidth, clientHeight } = this.element;
    this.#x = Math.min(Math.max(this.#x, SEEN - this.#width * this.scale), clientWidth - SEEN);
    this.#y = Math.min(Math.max(this.#y, SEEN - this.#height * this.scale), clientHeight - SEEN);
    this.#sheet.style.transform = `translate(${this.#x}px, ${this.#y}px) scale(${this.scale})`;
    this.#sheet.style.setProperty("--px", 1 / this.scale);
    this.#sheet.dataset.close = this.scale >= CLOSE;
    this.dispatchEvent(new Event("view"));
  }
}

function missing(at, size) {
  return Math.max(MARGIN - at, 0) || Math.min(size - MARGIN - at, 0);
}
