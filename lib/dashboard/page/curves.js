import { html, nothing, render } from '../lib/lit-html.js';
import { axes } from './format.js';
import { onPaletteChange, paletteNow } from './palette.js';
import { Panel } from './panel.js';
import { pointsOf, quantitiesOf } from './quantities.js';
import { smoothed } from './smooth.js';

/** Kinds of happenings that are lines in each panel. */
const marked = ['watchdog', 'rollback', 'failure'];

/** All panels of the shown runs: one axis, one zoom, one slider. */
export class Curves {
  #panels = [];
  #drawn = '';
  #smooth = new WeakMap();
  #shown = null;
  #at = 0;

  /** @param on what to call: `onSeek` with a position, `onZoom` with a range or null */
  constructor(element, on) {
    this.element = element;
    this.on = { ...on, onHover: (at) => this.#hover(at) };
    new ResizeObserver(() => this.#redraw()).observe(element);
    onPaletteChange(() => this.#redraw());
  }

  /** Shows these runs, and draws anew what is not drawn yet. */
  show(shown) {
    this.#shown = shown;
    const { runs, view, range } = shown;
    const versions = runs.map(({ slot, data, summary }) => [
      slot,
      data.version,
      summary.revision,
      !!data.details,
    ]);
    const drawn = JSON.stringify([versions, view.axis, view.smoothing, range]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    this.#redraw();
  }

  /** Moves the lines to where the slider is. */
  moveCursor(at) {
    this.#at = at;
    for (const panel of this.#panels) panel.moveCursor(at);
  }

  #redraw() {
    if (this.#shown === null) return;
    const { runs, view, range } = this.#shown;
    this.#arrange(quantitiesOf(runs.map(({ data }) => data)));
    const width = this.#panels[0]?.element.clientWidth ?? 0;
    if (width === 0) return;
    const common = {
      axis: view.axis,
      range,
      isZoomed: view.zoom !== null,
      width,
      marks: marksOf(runs, view.axis),
      palette: paletteNow(),
    };
    for (const [i, panel] of this.#panels.entries()) {
      panel.draw({ ...common, isFirst: i === 0, lines: this.#linesOf(panel.quantity, runs, view) });
      panel.moveCursor(this.#at);
    }
  }

  /** Keeps panels that are still wanted, and makes those that are new. */
  #arrange(quantities) {
    if (quantities.every(({ title }, i) => this.#panels[i]?.quantity.title === title)) {
      for (const panel of this.#panels.splice(quantities.length)) panel.destroy();
      if (this.#panels.length === quantities.length) return;
    }
    for (const panel of this.#panels) panel.destroy();
    this.#panels = quantities.map((quantity) => new Panel(quantity, this.on));
    this.element.replaceChildren(...this.#panels.map(({ element }) => element));
  }

  #linesOf(quantity, runs, { axis, smoothing }) {
    return runs.flatMap(({ slot, summary, data }) => {
      const points = pointsOf(data, quantity, axis);
      if (points.xs.length === 0) return [];
      const smooth = quantity.isNoisy && smoothing > 0 ? this.#smoothOf(data, quantity, smoothing) : null;
      return [{ slot, name: summary.name, ...points, smooth }];
    });
  }

  /** Of all rows, as zooming must not change it; kept until there are more. */
  #smoothOf(data, { column }, smoothing) {
    const version = `${data.version} ${smoothing}`;
    if (this.#smooth.get(data)?.version !== version) this.#smooth.set(data, { version, columns: {} });
    const { columns } = this.#smooth.get(data);
    columns[column] ??= smoothed(data.curves.get(column), smoothing);
    return columns[column];
  }

  #hover(at) {
    for (const panel of this.#panels) panel.hover(at);
  }
}

function marksOf(runs, axis) {
  return runs.flatMap(({ summary, data }) => {
    const happenings = data.details?.happenings.filter(({ type }) => marked.includes(type)) ?? [];
    return happenings.map((it) => ({ at: it[axis], type: it.type, title: `${summary.name}: ${it.said}` }));
  });
}

/** The slider's weights are even in how many rows an average reaches back: none, 10, 100, 1,000. */
const weightOf = (part) => (part === 0 ? 0 : Number((1 - 10 ** (-3 * part)).toPrecision(3)));
const partOf = (weight) => -Math.log10(1 - weight) / 3;

/** What is chosen for all curves, and whose line is whose. */
export function renderCurveControls(element, { runs, view, hasCurves }, change) {
  const axisChoice = ([axis, { name }]) => html`<label>
    <input type="radio" name="axis" .checked=${view.axis === axis} @change=${() => change({ axis })} />
    <span>${name}</span>
  </label>`;
  const smooth = ({ target }) => change({ smoothing: weightOf(Number(target.value)) });
  const legend = html`<ul class="legend" aria-label="Lines">
    ${runs.map(({ slot, summary }) => html`<li><i class=${`line run-${slot + 1}`}></i>${summary.name}</li>`)}
    ${
      runs.some(({ data }) => data.details?.evaluations.length)
        ? html`<li><i class="line floor"></i>floor: real images</li>`
        : nothing
    }
  </ul>`;
  render(
    html`<fieldset class="choice">
        <legend class="visually-hidden">Curves and slider over</legend>
        ${Object.entries(axes).map(axisChoice)}
      </fieldset>
      <label class="smoothing"
        >Smoothing
        <input type="range" min="0" max="1" step="0.01" .value=${String(partOf(view.smoothing))} @input=${smooth} />
        <output>${view.smoothing === 0 ? 'none' : view.smoothing}</output></label
      >
      ${
        view.zoom === null
          ? nothing
          : html`<button type="button" class="quiet" @click=${() => change({ zoom: null })}>Show all</button>`
      }
      ${hasCurves ? legend : nothing}`,
    element,
  );
}
