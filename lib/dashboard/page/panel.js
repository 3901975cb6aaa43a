import uPlot from '../lib/uplot.js';
import { downsampled } from './downsample.js';
import { asCompact, asFigure, asTick, axes } from './format.js';
import { make } from './make.js';
import { dashes } from './palette.js';
import { countUpTo } from './places.js';

const height = 150;
const labelsWidth = 46;
const rightMargin = 12;
/** Milliseconds in which a second click makes the first one part of a double click. */
const doubleClick = 220;
/** So much of the largest and of the smallest values of a noisy curve may be outside of a panel. */
const outliers = 0.01;
/** Opacity of a curve behind its smoothed one, as two digits of a colour. */
const faint = '40';

const secondSteps = [1, 2, 5, 10, 15, 30].flatMap((step) => [step, 60 * step]);
const hourSteps = [1, 2, 3, 6, 12, 24, 48, 120, 240, 480, 960].map((hours) => 3600 * hours);
const clockSteps = [...secondSteps, ...hourSteps].sort((a, b) => a - b);

/** One quantity's curves of all shown runs, with a line where the slider is and one below the pointer. */
export class Panel {
  #plot = null;
  #lines = [];
  #range = [0, 1];
  #values = [0, 1];
  #plotWidth = 0;
  #shape = '';
  #marked = '';
  #at = 0;
  #hovered = null;
  #box = make('div', 'plot');
  #readout = make('span', 'readout');
  #title = make('h3');
  #cursor = make('div', 'cursor');
  #pointer = make('div', 'pointer');
  #marks = make('div', 'marks');

  /** @param on what to call: `onSeek` and `onHover` with a position, `onZoom` with a range or null */
  constructor(quantity, on) {
    Object.assign(this, { quantity, on });
    this.element = make('section', 'panel');
    this.#title.textContent = quantity.title;
    const head = make('header');
    head.append(this.#title, this.#readout);
    this.element.append(head, this.#box);
    this.#pointer.hidden = true;
  }

  /**
   * Draws anew.
   * @param lines of each run: its slot, xs, ys, floors, and the smoothed ys or null
   */
  draw({ lines, axis, range, isZoomed, isFirst, width, marks, palette }) {
    this.#lines = lines;
    this.#range = range;
    this.#plotWidth = width - labelsWidth - rightMargin;
    const drawn = lines.flatMap((line) => this.#curvesOf(line, range));
    this.#values = valuesShown(drawn, isZoomed ? [] : this.quantity.shown);
    const shape = JSON.stringify([drawn.map(({ slot, kind }) => [slot, kind]), axis, palette]);
    if (shape !== this.#shape) this.#create(drawn, axis, palette, width);
    this.#shape = shape;
    if (this.#plot.width !== width) this.#plot.setSize({ width, height });
    this.#plot.setData(uPlot.join(drawn.map(({ points }) => points)));
    this.#drawMarks(marks, isFirst);
    this.moveCursor(this.#at);
    this.#describe(axis);
  }

  /** Moves the line to where the slider is; nothing is drawn anew. */
  moveCursor(at) {
    this.#at = at;
    this.#place(this.#cursor, at);
    if (this.#hovered === null) this.#read(at);
  }

  /** Shows the values at a position below the pointer; null where it is gone. */
  hover(at) {
    this.#hovered = at;
    this.#place(this.#pointer, at);
    this.#read(at ?? this.#at);
  }

  destroy() {
    this.#plot?.destroy();
    this.element.remove();
  }

  #curvesOf({ slot, xs, ys, floors, smooth }, range) {
    const curve = (kind, values) => ({
      slot,
      kind,
      points: downsampled(xs, values, range, Math.max(1, this.#plotWidth)),
    });
    return [
      ...(smooth === null ? [] : [curve('raw', ys)]),
      ...(floors?.some((floor) => !Number.isNaN(floor)) ? [curve('floor', floors)] : []),
      curve('main', smooth ?? ys),
    ];
  }

  #create(drawn, axis, palette, width) {
    this.#plot?.destroy();
    const labels = { stroke: palette.faint, font: '11px system-ui, sans-serif' };
    const lines = { grid: { stroke: palette.grid, width: 1 }, ticks: { show: false } };
    const options = {
      width,
      height,
      padding: [6, rightMargin, 0, 0],
      legend: { show: false },
      cursor: {
        x: false,
        y: false,
        points: { show: false },
        drag: { x: true, y: false, setScale: false },
        bind: { dblclick: () => () => this.on.onZoom(null) },
      },
      scales: { x: { time: false, range: () => this.#range }, y: { range: () => this.#values } },
      axes: [
        {
          ...labels,
          ...lines,
          grid: { show: false },
          size: 24,
          gap: 3,
          space: 48,
          ...(axis === 'seconds' ? { incrs: clockSteps } : {}),
          values: (_, ticks) => ticks.map((tick) => asTick(axis, tick)),
        },
        {
          ...labels,
          ...lines,
          size: labelsWidth,
          gap: 4,
          space: 28,
          values: (_, ticks) => ticks.map(asLabel),
        },
      ],
      series: [{}, ...drawn.map(({ slot, kind }) => this.#styleOf(slot, kind, palette))],
      hooks: { setSelect: [(plot) => this.#select(plot)] },
    };
    this.#plot = new uPlot(options, [[], ...drawn.map(() => [])], this.#box);
    this.#plot.ctx.canvas.setAttribute('role', 'img');
    this.#listen(this.#plot.over);
  }

  #styleOf(slot, kind, palette) {
    const color = palette.runs[slot];
    const few = (plot, i) => plot.data[i].length * 10 < this.#plotWidth;
    const common = { spanGaps: true, stroke: color, points: { show: false } };
    if (kind === 'raw') return { ...common, stroke: color + faint, width: 1 };
    if (kind === 'floor') return { ...common, width: 1, dash: [3, 4] };
    const points = { show: few, size: 5, stroke: color, fill: color };
    return { ...common, width: 1.75, dash: dashes[slot], points };
  }

  #listen(over) {
    over.append(this.#marks, this.#pointer, this.#cursor);
    const positionOf = (event) => this.#plot.posToVal(event.clientX - over.getBoundingClientRect().left, 'x');
    let click;
    over.addEventListener('mousemove', (event) => this.on.onHover(positionOf(event)));
    // Where it is may have changed with what stands above it.
    over.addEventListener('mouseenter', () => this.#plot.syncRect());
    over.addEventListener('mouseleave', () => this.on.onHover(null));
    over.addEventListener('click', (event) => {
      const at = positionOf(event);
      click = setTimeout(() => this.on.onSeek(at), doubleClick);
    });
    for (const type of ['dblclick', 'mousedown']) over.addEventListener(type, () => clearTimeout(click));
  }

  #select(plot) {
    const { left, width } = plot.select;
    if (width < 4) return;
    const range = [left, left + width].map((x) => Number(plot.posToVal(x, 'x').toPrecision(6)));
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.on.onZoom(range);
  }

  /** Each mark is told to the keyboard once: in the first panel. One that has the focus stays. */
  #drawMarks(marks, hasFocus) {
    const told = JSON.stringify([marks, hasFocus]);
    if (told !== this.#marked)
      this.#marks.replaceChildren(...marks.map((mark) => this.#markOf(mark, hasFocus)));
    this.#marked = told;
    const [from, to] = this.#range;
    for (const [i, { at }] of marks.entries()) {
      this.#marks.children[i].classList.toggle('late', at - from > to - at);
      this.#place(this.#marks.children[i], at);
    }
  }

  #markOf({ at, type, title }, hasFocus) {
    const mark = make('button', `mark ${type}`);
    Object.assign(mark, { type: 'button', tabIndex: hasFocus ? 0 : -1, ariaLabel: title });
    mark.addEventListener('click', (event) => {
      event.stopPropagation();
      this.on.onSeek(at);
    });
    return mark;
  }

  #place(line, at) {
    const [from, to] = this.#range;
    line.hidden = at === null || at < from || at > to;
    if (line.hidden) return;
    line.style.transform = `translateX(${(((at - from) / (to - from)) * this.#plotWidth).toFixed(1)}px)`;
  }

  #read(at) {
    while (this.#readout.childElementCount > this.#lines.length) this.#readout.lastElementChild.remove();
    for (const [i, { slot, xs, ys, smooth }] of this.#lines.entries()) {
      const value = this.#readout.children[i] ?? this.#readout.appendChild(make('b', ''));
      const text = asFigure((smooth ?? ys)[countUpTo(xs, at) - 1]);
      if (value.textContent !== text) value.textContent = text;
      value.className = `run-${slot + 1}`;
    }
  }

  #describe(axis) {
    const { title } = this.quantity;
    const ends = this.#lines.map(({ name, ys }) => `${name} ${asFigure(ys.at(-1))}`).join(', ');
    this.#plot.ctx.canvas.setAttribute(
      'aria-label',
      `${title} over ${axes[axis].name.toLowerCase()}. At the end: ${ends}.`,
    );
  }
}

/** The range of values to show: all of what is smooth or single, and most of what is noisy. */
function valuesShown(drawn, shown) {
  let [least, most] = [Math.min(...shown), Math.max(...shown)];
  for (const { kind, points } of drawn) {
    const values = kind === 'raw' ? withoutOutliers(points[1]) : points[1];
    for (const value of values) {
      if (value < least) least = value;
      if (value > most) most = value;
    }
  }
  if (least > most) return [0, 1];
  const margin = (most - least || Math.abs(most) || 1) * 0.05;
  return [shown.includes(least) ? least : least - margin, shown.includes(most) ? most : most + margin];
}

function withoutOutliers(values) {
  const sorted = Float64Array.from(values).sort();
  const count = Math.floor(sorted.length * outliers);
  return [sorted[count] ?? Number.NaN, sorted.at(-1 - count) ?? Number.NaN];
}

function asLabel(value) {
  const size = Math.abs(value);
  if (size >= 1000) return asCompact(value);
  return size === 0 || size >= 1e-3 ? String(Number(value.toPrecision(6))) : value.toExponential();
}
