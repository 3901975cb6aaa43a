import { make } from './make.js';

/** Red, green, blue and opacity of what is missing. */
const missing = [235, 40, 90, 215];

/** What of a picture is missing: painted over it with a brush, or set by numbers. */
export class Mask {
  /** Lies upon the picture. */
  element = make('canvas', 'mask');
  /** How wide the brush is, in pixels of the picture, and whether it takes away. */
  brush = { size: 5, erases: false };
  /** 1 where a pixel is missing. */
  pixels = new Uint8Array(0);
  #last = null;

  constructor(onChange) {
    this.onChange = onChange;
    this.element.setAttribute('role', 'img');
    this.element.addEventListener('pointerdown', (event) => this.#begin(event));
    this.element.addEventListener('pointermove', (event) => this.#go(event));
    for (const type of ['pointerup', 'pointercancel']) {
      this.element.addEventListener(type, () => {
        this.#last = null;
      });
    }
  }

  /** How many pixels are missing. */
  get count() {
    return this.pixels.reduce((sum, value) => sum + value, 0);
  }

  /** Begins anew, for a picture of that size. */
  begin(width, height) {
    Object.assign(this.element, { width, height });
    this.pixels = new Uint8Array(width * height);
    this.#show();
  }

  clear() {
    this.pixels.fill(0);
    this.#show();
  }

  invert() {
    this.pixels = this.pixels.map((value) => 1 - value);
    this.#show();
  }

  /** Adds a box, or as much of it as the picture has. */
  addBox({ x, y, width, height }) {
    this.#set((column, row) => column >= x && column < x + width && row >= y && row < y + height, 1);
  }

  #begin(event) {
    if (event.button !== 0) return;
    this.element.setPointerCapture(event.pointerId);
    this.#last = this.#placeOf(event);
    this.#stroke(this.#last, this.#last);
  }

  #go(event) {
    if (this.#last === null) return;
    const place = this.#placeOf(event);
    this.#stroke(this.#last, place);
    this.#last = place;
  }

  #placeOf({ clientX, clientY }) {
    const { left, top, width, height } = this.element.getBoundingClientRect();
    return {
      x: ((clientX - left) / width) * this.element.width,
      y: ((clientY - top) / height) * this.element.height,
    };
  }

  /** Whatever is nearer to the line between two places than half the brush's width, and the pixel that it ends in. */
  #stroke(from, to) {
    const { size, erases } = this.brush;
    const [dx, dy] = [to.x - from.x, to.y - from.y];
    const length = dx * dx + dy * dy || 1;
    const isNear = (column, row) => {
      const [x, y] = [column + 0.5 - from.x, row + 0.5 - from.y];
      const along = Math.min(1, Math.max(0, (x * dx + y * dy) / length));
      const isEnd = column === Math.floor(to.x) && row === Math.floor(to.y);
      return isEnd || Math.hypot(x - along * dx, y - along * dy) < size / 2;
    };
    this.#set(isNear, erases ? 0 : 1);
  }

  #set(isMeant, value) {
    const { width } = this.element;
    for (let i = 0; i < this.pixels.length; i++) {
      if (isMeant(i % width, Math.floor(i / width))) this.pixels[i] = value;
    }
    this.#show();
  }

  #show() {
    const { width, height } = this.element;
    const image = new ImageData(width, height);
    for (const [i, value] of this.pixels.entries()) {
      if (value === 1) image.data.set(missing, 4 * i);
    }
    this.element.getContext('2d').putImageData(image, 0, 0);
    this.element.ariaLabel = `The picture, of whose ${this.pixels.length} pixels ${this.count} are missing`;
    this.onChange();
  }
}
