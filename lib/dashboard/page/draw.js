import { html, nothing, render } from '../lib/lit-html.js';
import { postJson, runPath } from './api.js';
import { coalesced } from './coalesced.js';
import { generateCommand, pathIn } from './command.js';
import { copyButton } from './copy.js';
import { asCount } from './format.js';
import { fittingWidth } from './grid.js';

/** Latent numbers that have sliders at once, and how far those go. */
const sliderCount = 8;
const reach = 3;
const mostImages = 64;
const greatestSeed = 2 ** 32 - 1;
/** Milliseconds without a change before it is drawn. */
const pause = 150;
const room = { width: 480, height: 480 };

/** What one run has and another may not. */
const untouched = { file: '', label: '', first: 0, set: {} };

/** Images drawn from a checkpoint, anew whenever something is changed. */
export class Draw {
  #asked = { ...untouched, id: null, seed: '1', count: '16' };
  #runs = [];
  #image = Object.assign(new Image(), { className: 'drawn', alt: '' });
  #said = '';
  #isBusy = false;
  #timer;
  #draw = coalesced(() => this.#drawAndTell());

  constructor(element) {
    this.element = element;
    this.#image.hidden = true;
  }

  show(runs) {
    this.#runs = runs.filter(({ data }) => data.details?.checkpoints.length);
    if (!this.#runs.some(({ summary }) => summary.id === this.#asked.id)) {
      const [first] = this.#runs;
      const seed = String(first?.data.details.sampled?.seed ?? 1);
      this.#asked = { ...this.#asked, ...untouched, id: first?.summary.id ?? null, seed };
      this.#image.hidden = true;
      this.#said = '';
    }
    this.#render();
  }

  /** Draws from a checkpoint, with what else is asked for as it is. */
  from(id, file) {
    this.#change({ ...(id === this.#asked.id ? {} : untouched), id, file });
    this.element.closest('section').scrollIntoView();
    this.element.querySelector('select').focus({ preventScroll: true });
  }

  #change(changes) {
    this.#asked = { ...this.#asked, ...changes };
    this.#render();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#draw(), pause);
  }

  async #drawAndTell() {
    this.#isBusy = true;
    this.#render();
    this.#said = await this.#drawOnce().then(
      () => '',
      ({ message }) => message,
    );
    this.#isBusy = false;
    this.#render();
  }

  async #drawOnce() {
    const { id, file, seed, count, label, set } = this.#asked;
    const wrong = wrongIn(this.#asked);
    if (wrong !== null) throw new Error(wrong);
    const response = await postJson(runPath(id, 'draw'), {
      checkpoint: file || null,
      seed: Number(seed),
      count: Number(count),
      label: label === '' ? null : Number(label),
      set,
    });
    const url = URL.createObjectURL(await response.blob());
    const before = this.#image.src;
    this.#image.src = url;
    await this.#image.decode();
    if (before) URL.revokeObjectURL(before);
    const { naturalWidth, naturalHeight } = this.#image;
    const width = Math.min(room.width, this.element.clientWidth);
    this.#image.width = fittingWidth(naturalWidth, naturalHeight, { ...room, width }, 1);
    this.#image.alt = `${count} images drawn with seed ${seed}`;
    this.#image.hidden = false;
  }

  #render() {
    const run = this.#runs.find(({ summary }) => summary.id === this.#asked.id);
    if (run === undefined) {
      render(html`<p class="empty">There is no checkpoint to draw from yet.</p>`, this.element);
      return;
    }
    const submit = (event) => {
      event.preventDefault();
      this.#change({});
    };
    render(
      html`<form class="draw" @submit=${submit} novalidate>
        <div class="fields">${this.#fieldsOf(run)}</div>
        ${this.#slidersOf(run)}
        <div class="result" aria-busy=${String(this.#isBusy)}>
          ${this.#image}
          ${this.#image.hidden ? html`<p class="empty">What is drawn appears here.</p>` : nothing}
          <p class="problem" role="alert">${this.#said}</p>
          ${this.#image.hidden ? nothing : this.#commandOf(run)}
        </div>
      </form>`,
      this.element,
    );
  }

  #fieldsOf({ data: { details } }) {
    const asked = this.#asked;
    const set =
      (name) =>
      ({ target }) =>
        this.#change({ [name]: target.value });
    const choice = (name, entries) => html`<select @change=${name === 'id' ? this.#setRun : set(name)}>
      ${entries.map(([value, text]) => html`<option value=${value} .selected=${value === asked[name]}>${text}</option>`)}
    </select>`;
    const runs = this.#runs.map(({ summary }) => [summary.id, summary.name]);
    const checkpoints = details.checkpoints.map(({ file, step, best }) => [
      file,
      `${best ? 'best: ' : ''}step ${asCount(step)}`,
    ]);
    const classes = Number(details.config.model?.classes ?? 0);
    const labels = Array.from({ length: classes }, (_, i) => [String(i), String(i)]);
    return html`${runs.length > 1 ? html`<label>Run ${choice('id', runs)}</label>` : nothing}
      <label>Checkpoint ${choice('file', [['', 'newest'], ...checkpoints])}</label>
      <label
        >Seed
        <input type="number" min="0" max=${greatestSeed} step="1" .value=${asked.seed} @input=${set('seed')}
      /></label>
      <label
        >Images <input type="number" min="1" max=${mostImages} step="1" .value=${asked.count} @input=${set('count')}
      /></label>
      ${classes > 0 ? html`<label>Class ${choice('label', [['', 'any'], ...labels])}</label>` : nothing}
      <button type="submit">Draw</button>`;
  }

  #setRun = ({ target }) => this.#change({ ...untouched, id: target.value });

  #slidersOf({ data: { details } }) {
    const { first, set } = this.#asked;
    const size = Number(details.config.model?.latentSize ?? sliderCount);
    const firsts = Array.from({ length: Math.ceil(size / sliderCount) }, (_, i) => i * sliderCount);
    const indices = Array.from({ length: Math.min(sliderCount, size - first) }, (_, i) => first + i);
    const choose = ({ target }) => {
      this.#asked = { ...this.#asked, first: Number(target.value) };
      this.#render();
    };
    const range = (from) => `${from} to ${Math.min(size, from + sliderCount) - 1}`;
    return html`<fieldset class="latent">
      <legend>Latent numbers</legend>
      <div class="buttons">
        <label
          ><span class="visually-hidden">Which latent numbers</span>
          <select @change=${choose}>
            ${firsts.map((from) => html`<option value=${from} .selected=${from === first}>${range(from)}</option>`)}
          </select></label
        >
        <button
          type="button"
          class="quiet"
          ?disabled=${Object.keys(set).length === 0}
          @click=${() => this.#change({ set: {} })}
        >
          All as drawn
        </button>
      </div>
      ${indices.map((index) => this.#sliderOf(index))}
    </fieldset>`;
  }

  /** Until it is touched, each image has its own number. */
  #sliderOf(index) {
    const { set } = this.#asked;
    const isSet = index in set;
    const put = (value) => this.#change({ set: { ...set, [index]: value } });
    const leave = () =>
      this.#change({ set: Object.fromEntries(Object.entries(set).filter(([i]) => i !== String(index))) });
    return html`<div class=${isSet ? 'number set' : 'number'}>
      <input
        type="checkbox"
        aria-label=${`Set latent number ${index}`}
        .checked=${isSet}
        @change=${() => (isSet ? leave() : put(0))}
      />
      <label
        ><span>z<sub>${index}</sub></span>
        <input
          type="range"
          min=${-reach}
          max=${reach}
          step="0.05"
          aria-label=${`Latent number ${index}`}
          .value=${String(set[index] ?? 0)}
          @input=${({ target }) => put(Number(target.value))}
      /></label>
      <output>${isSet ? set[index].toFixed(2).replace('-', '−') : 'as drawn'}</output>
    </div>`;
  }

  /** The command line has no way to set latent numbers. */
  #commandOf({ summary }) {
    const { file, seed, count, label, set } = this.#asked;
    if (Object.keys(set).length > 0 || wrongIn(this.#asked) !== null) return nothing;
    const source = file === '' ? summary.directory : pathIn(summary.directory, file);
    return copyButton(generateCommand(source, { seed, count, ...(label === '' ? {} : { label }) }));
  }
}

function wrongIn({ seed, count }) {
  const isWhole = (text, least, most) => /^\d+$/.test(text) && Number(text) >= least && Number(text) <= most;
  if (!isWhole(seed, 0, greatestSeed)) return 'The seed is a whole number from 0 on.';
  return isWhole(count, 1, mostImages) ? null : `From 1 to ${mostImages} images can be drawn at once.`;
}
