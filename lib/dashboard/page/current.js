import { html, nothing, render } from '../lib/lit-html.js';
import { coalesced } from './coalesced.js';
import { make } from './make.js';
import { download, downloadPng, fit, paint } from './pixels.js';

/** Single latent numbers that have sliders at once, and how far any slider goes. */
const numbersAtOnce = 8;
const reach = 3;
const side = 196;
const greatestSeed = 2 ** 32 - 1;

/** One latent, moved along directions by sliders, and its image. */
export class Current {
  #client = null;
  #latent = null;
  #image = null;
  #amounts = {};
  #groups = [];
  #group = '';
  #seed = '1';
  #problem = '';
  #canvas = make('canvas', 'pixels');
  #redraw = coalesced(() => this.#drawOnce());

  /** @param on what to call: `onKeep` with the latent as it is moved, `onRepair` with its image */
  constructor(element, on) {
    Object.assign(this, { element, on });
    this.#canvas.setAttribute('role', 'img');
    this.#canvas.hidden = true;
  }

  /** Begins with a checkpoint, at a seed's latent. */
  async begin(client) {
    this.#client = client;
    this.#latent = null;
    this.#image = null;
    this.#groups = groupsOf(client);
    this.#group = this.#groups[0].title;
    this.#canvas.hidden = true;
    await this.#startFromSeed();
  }

  /** Goes on from another latent. */
  start(latent) {
    this.#latent = latent;
    this.#amounts = {};
    this.#canvas.hidden = false;
    this.#change();
  }

  async #startFromSeed() {
    const client = this.#client;
    if (!/^\d+$/.test(this.#seed) || Number(this.#seed) > greatestSeed) {
      return this.#tell('The seed is a whole number from 0 on.');
    }
    const label = client.facts.classes > 0 ? (this.#latent?.label ?? 0) : null;
    try {
      const [latent] = await client.latentsOf([Number(this.#seed)], label);
      if (client === this.#client) this.start(latent);
    } catch ({ message }) {
      this.#tell(message);
    }
  }

  #change() {
    this.#render();
    this.#redraw();
  }

  #tell(problem) {
    this.#problem = problem;
    this.#render();
  }

  async #drawOnce() {
    if (this.#latent === null) return;
    const client = this.#client;
    try {
      const latent = this.#moved();
      const [image] = await client.draw([latent]);
      if (client !== this.#client) return;
      this.#image = image;
      paint(this.#canvas, image, client.facts);
      fit(this.#canvas, Math.min(side, this.element.clientWidth || side));
      this.#canvas.ariaLabel = `The image of ${latent.name}`;
      this.#tell('');
    } catch ({ message }) {
      this.#tell(message);
    }
  }

  /** The latent where the sliders are. */
  #moved() {
    const { z, label, name } = this.#latent;
    const all = this.#groups.flatMap(({ directions }) => directions);
    const used = all.filter((direction) => this.#amounts[direction.name]);
    const moved = z.map((start, i) =>
      used.reduce((value, { name, at }) => value + this.#amounts[name] * at(i), start),
    );
    const steps = used.map(({ name }) => `${name} ${signed(this.#amounts[name])}`);
    return { z: moved, label, name: [name, ...steps].join(', ') };
  }

  #render() {
    if (this.#latent === null) {
      render(html`<p class="problem" role="alert">${this.#problem}</p>`, this.element);
      return;
    }
    const name = () => this.#moved().name.replaceAll(/[^\w-]+/g, '-');
    const submit = (event) => {
      event.preventDefault();
      this.#startFromSeed();
    };
    render(
      html`<div class="current">
        <form class="fields" @submit=${submit} novalidate>${this.#fields()}</form>
        <div class="result">
          ${this.#canvas}
          <p class="hint">${this.#moved().name}</p>
          <p class="problem" role="alert">${this.#problem}</p>
          <div class="buttons">
            <button type="button" class="quiet" @click=${() => this.on.onKeep(this.#moved())}>Keep it</button>
            ${
              this.#client.facts.takesPictures
                ? html`<button type="button" class="quiet" ?disabled=${this.#image === null} @click=${() => this.on.onRepair(this.#image)}>Mask it</button>`
                : nothing
            }
            <button type="button" class="quiet" @click=${() => downloadPng(this.#canvas, `${name()}.png`)}>Save PNG</button>
            <button type="button" class="quiet" @click=${() => this.#save(`${name()}.safetensors`)}>Save latent</button>
          </div>
        </div>
        ${this.#sliders()}
      </div>`,
      this.element,
    );
  }

  #fields() {
    const { classes } = this.#client.facts;
    const another = () => {
      this.#seed = String(crypto.getRandomValues(new Uint32Array(1))[0]);
      this.#startFromSeed();
    };
    const setSeed = ({ target }) => {
      this.#seed = target.value;
    };
    const setLabel = ({ target }) => {
      this.#latent = { ...this.#latent, label: Number(target.value) };
      this.#change();
    };
    const labels = Array.from({ length: classes }, (_, i) => i);
    return html`<label
        >Seed
        <input type="number" min="0" max=${greatestSeed} step="1" .value=${this.#seed} @input=${setSeed}
      /></label>
      <button type="submit">Go there</button>
      <button type="button" @click=${another}>Another seed</button>
      ${
        classes > 0
          ? html`<label
              >Class
              <select @change=${setLabel}>
                ${labels.map((i) => html`<option value=${i} .selected=${i === this.#latent.label}>${i}</option>`)}
              </select></label
            >`
          : nothing
      }`;
  }

  #sliders() {
    const { notice } = this.#client;
    const groups = this.#groups;
    const choose = ({ target }) => {
      this.#group = target.value;
      this.#render();
    };
    const back = () => {
      this.#amounts = {};
      this.#change();
    };
    const shown = groups.find(({ title }) => title === this.#group);
    return html`<fieldset class="latent">
      <legend>Directions</legend>
      <div class="buttons">
        <label
          ><span class="visually-hidden">Which directions</span>
          <select @change=${choose}>
            ${groups.map(({ title }) => html`<option .value=${title} .selected=${title === this.#group}>${title}</option>`)}
          </select></label
        >
        <button
          type="button"
          class="quiet"
          ?disabled=${Object.values(this.#amounts).every((amount) => amount === 0)}
          @click=${back}
        >
          All to 0
        </button>
      </div>
      ${notice === null ? nothing : html`<p class="hint">${notice}</p>`}
      ${shown.directions.map((direction) => this.#slider(direction))}
    </fieldset>`;
  }

  #slider({ name }) {
    const amount = this.#amounts[name] ?? 0;
    const move = ({ target }) => {
      this.#amounts = { ...this.#amounts, [name]: Number(target.value) };
      this.#change();
    };
    return html`<label class=${amount === 0 ? 'direction' : 'direction set'}
      ><span>${name}</span>
      <input type="range" min=${-reach} max=${reach} step="0.05" .value=${String(amount)} @input=${move} />
      <output>${signed(amount)}</output></label
    >`;
  }

  async #save(name) {
    try {
      download(await this.#client.file([this.#moved()]), name);
    } catch ({ message }) {
      this.#tell(message);
    }
  }
}

const signed = (value) => `${value > 0 ? '+' : ''}${value.toFixed(2)}`.replace('-', '−');

/**
 * What sliders there are: of the directions that are known, and then of single numbers, some at a time. A direction tells by `at`
 * what it has at an index.
 */
function groupsOf({ directions, facts: { latentSize } }) {
  const known = directions.map(({ name, vector }) => ({ name, at: (i) => vector[i] }));
  const firsts = Array.from({ length: Math.ceil(latentSize / numbersAtOnce) }, (_, i) => i * numbersAtOnce);
  const numbers = firsts.map((first) => {
    const count = Math.min(numbersAtOnce, latentSize - first);
    const indices = Array.from({ length: count }, (_, i) => first + i);
    return {
      title: `numbers ${first} to ${first + count - 1}`,
      directions: indices.map((index) => ({ name: `z${index}`, at: (i) => (i === index ? 1 : 0) })),
    };
  });
  return known.length > 0 ? [{ title: 'by name', directions: known }, ...numbers] : numbers;
}
