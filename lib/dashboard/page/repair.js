import { html, nothing, render } from '../lib/lit-html.js';
import { asFigure } from './format.js';
import { Job } from './job.js';
import { make } from './make.js';
import { Mask } from './mask.js';
import { downloadPng, fit, paint, pixelsOf } from './pixels.js';

const side = 196;
/** Decides where searches begin. */
const seed = 1;
const mostAnswers = 16;
const usualAnswers = 4;

/** A picture of the reader's: the latent that comes closest to it, and what may be where some of it is missing. */
export class Repair {
  #client = null;
  #pixels = null;
  #label = null;
  #box = { x: 0, y: 0, width: 0, height: 0 };
  #answerCount = usualAnswers;
  #found = null;
  #answers = [];
  #problem = '';
  #picture = make('canvas', 'pixels');
  #reconstruction = make('canvas', 'pixels');
  #mask = new Mask(() => this.#render());
  #job = new Job(() => this.#render());

  /** @param onChoose called with a latent to go on from */
  constructor(element, onChoose) {
    Object.assign(this, { element, onChoose });
    this.#picture.setAttribute('aria-hidden', 'true');
    this.#reconstruction.setAttribute('role', 'img');
    this.#reconstruction.ariaLabel = 'The image of the latent that was found';
  }

  /** Begins with a checkpoint, without a picture. */
  begin(client) {
    this.#job.cancel();
    this.#client = client;
    const { width, height } = client.facts;
    const [x, y] = [Math.floor(width / 4), Math.floor(height / 4)];
    this.#box = { x, y, width: width - 2 * x, height: height - 2 * y };
    this.#pixels = null;
    this.#label = null;
    this.#render();
  }

  /** Takes a picture in place of the one before. */
  take(pixels) {
    const { facts } = this.#client;
    this.#job.cancel();
    this.#pixels = pixels;
    this.#found = null;
    this.#answers = [];
    this.#problem = '';
    paint(this.#picture, pixels, facts);
    this.#mask.begin(facts.width, facts.height);
    for (const canvas of [this.#picture, this.#mask.element]) fit(canvas, side);
    this.#render();
  }

  async #takeFile(file) {
    if (file === undefined) return;
    try {
      this.take(await pixelsOf(file, this.#client.facts));
      this.#project();
    } catch ({ message }) {
      this.#problem = message;
      this.#render();
    }
  }

  #project() {
    this.#job.run('Looking for its latent', async (job) => {
      this.#found = await this.#client.project(this.#pixels, this.#asked(), job);
      paint(this.#reconstruction, this.#found.image, this.#client.facts);
      fit(this.#reconstruction, side);
    });
  }

  #inpaint() {
    this.#job.run('Filling what is missing', async (job) => {
      const asked = { ...this.#asked(), answers: this.#answerCount };
      const found = await this.#client.inpaint(this.#pixels, this.#mask.pixels, asked, job);
      this.#answers = found.map(({ latent, image }) => ({ latent, canvas: this.#canvasOf(image) }));
    });
  }

  #asked() {
    return { label: this.#label, seed };
  }

  #canvasOf(image) {
    const canvas = make('canvas', 'pixels');
    canvas.setAttribute('role', 'img');
    canvas.ariaLabel = 'What the picture may be';
    paint(canvas, image, this.#client.facts);
    fit(canvas, side / 2);
    return canvas;
  }

  #render() {
    if (this.#client === null) return;
    const { takesPictures } = this.#client.facts;
    const isThere = this.#pixels !== null;
    const body = takesPictures
      ? html`${this.#dropZone()}
          <p class="problem" role="alert">${this.#problem}</p>
          ${isThere ? html`${this.#pictures()} ${this.#tools()} ${this.#job.view()} ${this.#answersView()}` : nothing}`
      : html`<p class="empty">Images of this checkpoint have channels that no picture has.</p>`;
    render(body, this.element);
  }

  #dropZone() {
    const over = (event) => {
      event.preventDefault();
      event.currentTarget.classList.toggle('over', event.type === 'dragover');
    };
    const drop = (event) => {
      over(event);
      this.#takeFile(event.dataTransfer.files[0]);
    };
    const choose = ({ target }) => {
      this.#takeFile(target.files[0]);
      // So that the same file can be chosen again.
      target.value = '';
    };
    return html`<label class="drop" @dragover=${over} @dragleave=${over} @drop=${drop}>
      <input type="file" accept="image/*" class="visually-hidden" @change=${choose} />
      <span><b>Choose a picture</b> or drop one here. It is scaled in this browser.</span>
    </label>`;
  }

  #pictures() {
    const { count, pixels } = this.#mask;
    return html`<div class="pictures">
      <figure>
        <div class="stack">${this.#picture}${this.#mask.element}</div>
        <figcaption>The picture${count > 0 ? html`, ${count} of ${pixels.length} pixels missing` : nothing}</figcaption>
      </figure>
      ${
        this.#found === null
          ? nothing
          : html`<figure>
              ${this.#reconstruction}
              <figcaption>
                The closest image, mean square error <output id="projection-error">${asFigure(this.#found.error)}</output>
              </figcaption>
              <div class="buttons">${this.#chosenButtons(this.#found.latent, this.#reconstruction, 'closest')}</div>
            </figure>`
      }
    </div>`;
  }

  #tools() {
    const { classes } = this.#client.facts;
    const labels = Array.from({ length: classes }, (_, i) => i);
    const setLabel = ({ target }) => {
      this.#label = target.value === '' ? null : Number(target.value);
    };
    const canFill = this.#mask.count > 0 && this.#mask.count < this.#mask.pixels.length;
    const setAnswers = ({ target }) => {
      this.#answerCount = Math.min(mostAnswers, Math.max(1, Math.floor(target.valueAsNumber) || 1));
    };
    return html`<div class="fields">
        <button type="button" @click=${() => this.#project()}>Find its latent</button>
        <button type="button" @click=${() => this.take(this.#pixels.map((value) => 255 - value))}>Swap light and dark</button>
        ${
          classes > 0
            ? html`<label
                >Class
                <select @change=${setLabel}>
                  <option value="" .selected=${this.#label === null}>any</option>
                  ${labels.map((i) => html`<option value=${i} .selected=${i === this.#label}>${i}</option>`)}
                </select></label
              >`
            : nothing
        }
      </div>
      ${this.#maskTools()}
      <div class="fields">
        <label
          >Answers
          <input type="number" min="1" max=${mostAnswers} .value=${String(this.#answerCount)} @change=${setAnswers}
        /></label>
        <button type="submit" ?disabled=${!canFill} @click=${() => this.#inpaint()}>Fill what is missing</button>
      </div>`;
  }

  /** A brush, and for those who use no pointer a box by numbers. */
  #maskTools() {
    const mask = this.#mask;
    const { width, height } = this.#client.facts;
    const setSize = ({ target }) => {
      mask.brush.size = Number(target.value);
      this.#render();
    };
    const number = (name, most) => html`<label
      >${name}
      <input
        type="number"
        min="0"
        max=${most}
        step="1"
        .value=${String(this.#box[name])}
        @input=${({ target }) => {
          this.#box[name] = target.valueAsNumber || 0;
        }}
    /></label>`;
    return html`<fieldset class="mask-tools">
      <legend>What is missing</legend>
      <p class="hint">Paint over the picture, or add a box.</p>
      <div class="fields">
        <label
          >Brush, ${mask.brush.size} pixels
          <input type="range" min="1" max=${Math.ceil(width / 2)} step="1" .value=${String(mask.brush.size)} @input=${setSize}
        /></label>
        <label class="check"
          ><input
            type="checkbox"
            @change=${({ target }) => {
              mask.brush.erases = target.checked;
            }}
          />
          erase</label
        >
        <button type="button" class="quiet" @click=${() => mask.clear()}>Clear</button>
        <button type="button" class="quiet" @click=${() => mask.invert()}>Invert</button>
      </div>
      <div class="fields box-fields" role="group" aria-label="A box, in pixels">
        ${number('x', width - 1)} ${number('y', height - 1)} ${number('width', width)} ${number('height', height)}
        <button type="button" class="quiet" @click=${() => mask.addBox(this.#box)}>Add the box</button>
      </div>
    </fieldset>`;
  }

  #answersView() {
    if (this.#answers.length === 0) return nothing;
    return html`<h3>Answers</h3>
      <ol class="answers">
        ${this.#answers.map(
          ({ latent, canvas }, i) => html`<li>
            ${canvas}
            <div class="buttons">${this.#chosenButtons(latent, canvas, `answer-${i + 1}`)}</div>
          </li>`,
        )}
      </ol>`;
  }

  #chosenButtons(latent, canvas, name) {
    return html`<button type="button" class="quiet" aria-label=${`Go on from ${latent.name}`} @click=${() => this.onChoose(latent)}>Go on</button>
      <button type="button" class="quiet" aria-label=${`Save ${latent.name} as PNG`} @click=${() => downloadPng(canvas, `${name}.png`)}>Save PNG</button>`;
  }
}
