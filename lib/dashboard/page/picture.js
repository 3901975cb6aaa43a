import { fittingWidth, Grid, sampleScale } from './grid.js';
import { make } from './make.js';
import { loadPicture } from './picture_cache.js';

const cellRoom = { width: 224, height: 224 };
/** Of the window's height, for a picture. */
const mostHeight = 0.68;

const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** The sample picture of a run, in which each image can be chosen, and the chosen one enlarged. */
export class Picture {
  /** The enlarged image. */
  cell = make('canvas', 'cell');
  #canvas = make('canvas');
  #list = make('div', 'images');
  #option = make('div', 'chosen');
  #said = make('p', 'problem');
  #asked = { url: null, sampled: null, index: null };
  #shown = null;
  #image = null;
  #isBusy = false;

  /** @param onChoose called with the index of an image, or null */
  constructor(id, onChoose) {
    this.onChoose = onChoose;
    this.element = make('div', 'picture');
    this.#list.append(this.#canvas, this.#option);
    this.element.append(this.#list, this.#said);
    this.#option.id = `image-${id}`;
    this.#option.setAttribute('role', 'option');
    this.#canvas.setAttribute('aria-hidden', 'true');
    this.cell.setAttribute('role', 'img');
    this.#list.addEventListener('click', (event) => this.#click(event));
    this.#list.addEventListener('keydown', (event) => this.#press(event));
    new ResizeObserver(() => this.#fit()).observe(this.element);
  }

  /** Shows a picture as soon as it is there; of those asked for meanwhile, only the last. */
  show({ url, sampled, index, label }) {
    const isSame = url === this.#asked.url && index === this.#asked.index && sampled === this.#asked.sampled;
    this.#list.setAttribute('aria-label', label);
    if (isSame) return;
    this.#asked = { url, sampled, index };
    if (url === this.#shown) this.#mark();
    else this.#load();
  }

  async #load() {
    if (this.#isBusy) return;
    this.#isBusy = true;
    while (this.#asked.url !== this.#shown) {
      const { url } = this.#asked;
      try {
        this.#image = await loadPicture(url);
        this.#said.textContent = '';
        this.#draw();
      } catch ({ message }) {
        this.#said.textContent = message;
      }
      this.#shown = url;
    }
    this.#isBusy = false;
  }

  #draw() {
    const { naturalWidth, naturalHeight } = this.#image;
    if (this.#canvas.width !== naturalWidth) this.#canvas.width = naturalWidth;
    if (this.#canvas.height !== naturalHeight) this.#canvas.height = naturalHeight;
    const context = this.#canvas.getContext('2d');
    context.clearRect(0, 0, naturalWidth, naturalHeight);
    context.drawImage(this.#image, 0, 0);
    this.#fit();
    this.#mark();
  }

  #fit() {
    const room = { width: this.element.clientWidth, height: innerHeight * mostHeight };
    if (this.#image === null || room.width === 0) return;
    const { naturalWidth, naturalHeight } = this.#image;
    this.#list.style.width = `${fittingWidth(naturalWidth, naturalHeight, room, sampleScale)}px`;
  }

  /** Tells which image is chosen, and draws it enlarged. */
  #mark() {
    const grid = this.#grid();
    this.#list.tabIndex = grid === null ? -1 : 0;
    this.#list.setAttribute('role', grid === null ? 'presentation' : 'listbox');
    const { index } = this.#asked;
    this.#option.hidden = grid === null || index === null || index >= grid.count;
    if (this.#option.hidden) {
      this.#list.removeAttribute('aria-activedescendant');
      return;
    }
    const { x, y } = grid.placeOf(index);
    const part = (value, whole) => `${(100 * value) / whole}%`;
    Object.assign(this.#option.style, {
      left: part(x, grid.width),
      top: part(y, grid.height),
      width: part(grid.cellWidth, grid.width),
      height: part(grid.cellHeight, grid.height),
    });
    this.#list.setAttribute('aria-activedescendant', this.#option.id);
    this.#option.ariaSelected = 'true';
    this.#option.ariaSetSize = String(grid.count);
    this.#option.ariaPosInSet = String(index + 1);
    this.#option.ariaLabel = `Image ${index + 1}`;
    this.#enlarge(grid, index, { x, y });
  }

  #enlarge(grid, index, { x, y }) {
    const [width, height] = [grid.cellWidth / sampleScale, grid.cellHeight / sampleScale];
    Object.assign(this.cell, { width, height, ariaLabel: `Image ${index + 1}, enlarged` });
    const context = this.cell.getContext('2d');
    context.imageSmoothingEnabled = false;
    context.drawImage(this.#image, x, y, grid.cellWidth, grid.cellHeight, 0, 0, width, height);
    this.cell.style.width = `${fittingWidth(width, height, cellRoom, 1)}px`;
  }

  #grid() {
    return this.#image === null || this.#asked.sampled === null
      ? null
      : new Grid(this.#image, this.#asked.sampled);
  }

  #click({ clientX, clientY }) {
    const { left, top, width, height } = this.#list.getBoundingClientRect();
    const index = this.#grid()?.indexAt((clientX - left) / width, (clientY - top) / height) ?? null;
    this.onChoose(index === this.#asked.index ? null : index);
  }

  #press(event) {
    const grid = this.#grid();
    const index = this.#asked.index;
    if (grid === null || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Enter') this.onChoose(index === null ? 0 : null);
    else if (event.key === 'Escape') this.onChoose(null);
    else if (moves[event.key]) this.onChoose(moved(grid, index, moves[event.key]));
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

/** The index of an image beside another; the same at an edge. */
function moved({ count, columns }, index, [right, down]) {
  if (index === null) return 0;
  const column = (index % columns) + right;
  const next = index + right + down * columns;
  return column < 0 || column >= columns || next < 0 || next >= count ? index : next;
}
