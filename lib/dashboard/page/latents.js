import { html, nothing, render } from '../lib/lit-html.js';
import { Current } from './current.js';
import { asCount } from './format.js';
import { LatentClient } from './latent_client.js';
import { make } from './make.js';
import { Repair } from './repair.js';
import { Way } from './way.js';

/** The tab of the latent space: a latent to move, the way between several, and pictures to find and to repair. */
export class Latents {
  #runs = [];
  #asked = { id: null, file: null };
  #isOpen = false;
  #problem = '';
  #current = new Current(make('div'), {
    onKeep: (latent) => this.#way.add(latent),
    onRepair: (image) => {
      this.#repair.take(image);
      this.#repair.element.closest('section').scrollIntoView();
    },
  });
  #way = new Way(make('div'), (latent) => this.#choose(latent));
  #repair = new Repair(make('div'), (latent) => this.#choose(latent));

  constructor(element) {
    this.element = element;
  }

  /** @param runs those that are shown, of which one is worked with */
  show(runs) {
    this.#runs = runs.filter(({ data }) => data.details?.checkpoints.length);
    if (this.#runs.some(({ summary }) => summary.id === this.#asked.id)) return this.#render();
    const [first] = this.#runs;
    if (first === undefined) return this.#render();
    this.#open(first.summary.id, newestOf(first));
  }

  /** Nothing moves that is not looked at. */
  hide() {
    this.#way.pause();
  }

  /** A checkpoint stays the one that was chosen while newer ones are saved: latents are its own. */
  async #open(id, file) {
    const asked = { id, file };
    this.#asked = asked;
    this.#isOpen = false;
    this.#problem = '';
    this.#way.pause();
    this.#render();
    try {
      const client = await LatentClient.open(id, file);
      if (this.#asked !== asked) return;
      this.#isOpen = true;
      this.#render();
      for (const part of [this.#repair, this.#current, this.#way]) part.begin(client);
    } catch ({ message }) {
      if (this.#asked === asked) this.#problem = message;
      this.#render();
    }
  }

  #choose(latent) {
    this.#current.start(latent);
    this.#current.element.closest('section').scrollIntoView();
  }

  #render() {
    const run = this.#runs.find(({ summary }) => summary.id === this.#asked.id);
    if (run === undefined) {
      render(html`<p class="empty">There is no checkpoint to work with yet.</p>`, this.element);
      return;
    }
    const sections = [
      ['current', 'One latent', this.#current],
      ['repair', 'A picture of yours', this.#repair],
      ['way', 'Between latents', this.#way],
    ];
    render(
      html`<div class="fields">${this.#fields(run)}</div>
        <p class="problem" role="alert">${this.#problem}</p>
        ${
          this.#problem === ''
            ? nothing
            : html`<div><button type="button" @click=${() => this.#open(this.#asked.id, this.#asked.file)}>Try again</button></div>`
        }
        ${
          this.#isOpen
            ? html`<div class="latents">
                ${sections.map(
                  ([
                    name,
                    title,
                    { element },
                  ]) => html`<section class=${`box ${name}-box`} aria-labelledby=${`${name}-title`}>
                    <h2 id=${`${name}-title`}>${title}</h2>
                    ${element}
                  </section>`,
                )}
              </div>`
            : nothing
        }`,
      this.element,
    );
  }

  #fields({ summary, data: { details } }) {
    const { file } = this.#asked;
    const setRun = ({ target }) => {
      const run = this.#runs.find(({ summary }) => summary.id === target.value);
      this.#open(run.summary.id, newestOf(run));
    };
    return html`${
      this.#runs.length > 1
        ? html`<label
            >Run
            <select @change=${setRun}>
              ${this.#runs.map((run) => html`<option value=${run.summary.id} .selected=${run.summary.id === summary.id}>${run.summary.name}</option>`)}
            </select></label
          >`
        : nothing
    }
      <label
        >Checkpoint
        <select @change=${({ target }) => this.#open(summary.id, target.value)}>
          ${details.checkpoints.map(
            (each) => html`<option value=${each.file} .selected=${each.file === file}>
              ${each.best ? 'best: ' : ''}step ${asCount(each.step)}
            </option>`,
          )}
        </select></label
      >`;
  }
}

const newestOf = ({ data: { details } }) => details.checkpoints[0].file;
