import { html, render } from '../lib/lit-html.js';
import { coalesced } from './coalesced.js';
import { make } from './make.js';
import { download, downloadPng, fit, paint } from './pixels.js';

const firstSeeds = [1, 2, 3, 4];
const most = 16;
const frameCounts = [30, 60, 120, 240];
const fps = 20;
/** Frames of the way that stand beside each other. */
const inStrip = 12;
const playerSide = 196;
const keptSide = 56;

/** Latents that are kept, and the way between them as a strip and as a film. */
export class Way {
  #client = null;
  #kept = [];
  #how = { frames: 60, mode: 'spherical', closed: true };
  #frames = [];
  #at = 0;
  #isPlaying = false;
  #problem = '';
  #strip = make('canvas', 'strip');
  #player = make('canvas', 'pixels');
  #reload = coalesced(() => this.#loadOnce());

  /** @param onChoose called with a latent to go on from */
  constructor(element, onChoose) {
    Object.assign(this, { element, onChoose });
    for (const canvas of [this.#strip, this.#player]) canvas.setAttribute('role', 'img');
    this.#strip.ariaLabel = 'The way between what is kept, from left to right';
    this.#player.ariaLabel = 'The way between what is kept, at the place of the slider';
  }

  /** Begins with a checkpoint, and the latents of some seeds. */
  async begin(client) {
    this.#client = client;
    this.#kept = [];
    this.#frames = [];
    try {
      await this.#keep(await client.latentsOf(firstSeeds, client.facts.classes > 0 ? 0 : null));
    } catch ({ message }) {
      this.#tell(message);
    }
  }

  /** Keeps a latent behind the others. */
  async add(latent) {
    if (this.#kept.length >= most) return this.#tell(`No more than ${most} are kept. Take one away first.`);
    try {
      await this.#keep([latent]);
    } catch ({ message }) {
      this.#tell(message);
    }
  }

  async #keep(latents) {
    const client = this.#client;
    const images = await client.draw(latents);
    if (client !== this.#client) return;
    const more = latents.map((latent, i) => ({ latent, canvas: this.#canvasOf(images[i]) }));
    this.#kept = [...this.#kept, ...more];
    this.#change();
  }

  pause() {
    if (!this.#isPlaying) return;
    this.#isPlaying = false;
    this.#render();
  }

  #canvasOf(image) {
    const canvas = make('canvas', 'pixels');
    canvas.setAttribute('aria-hidden', 'true');
    paint(canvas, image, this.#client.facts);
    fit(canvas, keptSide);
    return canvas;
  }

  #change(changes = {}) {
    Object.assign(this.#how, changes);
    this.#render();
    this.#reload();
  }

  #tell(problem) {
    this.#problem = problem;
    this.#render();
  }

  #latents() {
    return this.#kept.map(({ latent }) => latent);
  }

  async #loadOnce() {
    const client = this.#client;
    try {
      const frames = this.#kept.length < 2 ? [] : await client.frames(this.#latents(), this.#how);
      if (client !== this.#client) return;
      this.#frames = frames;
      this.#at = Math.min(this.#at, Math.max(0, frames.length - 1));
      this.#paintStrip();
      this.#show(this.#at);
      this.#tell('');
    } catch ({ message }) {
      this.#tell(message);
    }
  }

  /** Some frames beside each other, evenly from the first to the last. */
  #paintStrip() {
    const { facts } = this.#client;
    const count = Math.min(inStrip, this.#frames.length);
    Object.assign(this.#strip, { width: count * facts.width, height: facts.height });
    for (let i = 0; i < count; i++) {
      const frame = Math.round((i * (this.#frames.length - 1)) / (count - 1));
      paint(this.#strip, this.#frames[frame], facts, i * facts.width);
    }
  }

  #show(at) {
    this.#at = at;
    if (this.#frames.length === 0) return;
    paint(this.#player, this.#frames[at], this.#client.facts);
    fit(this.#player, playerSide);
    this.#render();
  }

  async #play() {
    this.#isPlaying = true;
    if (this.#isAtEnd()) this.#show(0);
    while (this.#isPlaying) {
      await new Promise((resolve) => setTimeout(resolve, 1000 / fps));
      if (!this.#isPlaying) break;
      if (!this.#isAtEnd()) this.#show(this.#at + 1);
      else if (this.#how.closed) this.#show(0);
      else this.pause();
    }
  }

  #isAtEnd() {
    return this.#at >= this.#frames.length - 1;
  }

  #render() {
    const hasWay = this.#frames.length > 0;
    render(
      html`<p class="hint">Choose one to go on from it.</p>
        <ol class="kept">
          ${this.#kept.map((entry) => this.#keptOne(entry))}
        </ol>
        <div class="fields">${this.#fields()}</div>
        <p class="problem" role="alert">${this.#problem}</p>
        ${hasWay ? this.#wayView() : html`<p class="empty">Keep two or more to see the way between them.</p>`}`,
      this.element,
    );
  }

  #keptOne({ latent, canvas }) {
    const remove = () => {
      this.#kept = this.#kept.filter((other) => other.latent !== latent);
      this.#change();
    };
    return html`<li>
      <button type="button" title=${latent.name} aria-label=${`Go on from ${latent.name}`} @click=${() => this.onChoose(latent)}>
        ${canvas}
      </button>
      <button type="button" class="quiet" aria-label=${`Take ${latent.name} away`} @click=${remove}>×</button>
    </li>`;
  }

  #fields() {
    const choice = (name, entries, parsed) => html`<select
      @change=${({ target }) => this.#change({ [name]: parsed(target.value) })}
    >
      ${entries.map((value) => html`<option value=${value} .selected=${value === this.#how[name]}>${value}</option>`)}
    </select>`;
    return html`<label>Frames ${choice('frames', frameCounts, Number)}</label>
      <label>Way ${choice('mode', ['spherical', 'linear'], String)}</label>
      <label class="check"
        ><input
          type="checkbox"
          .checked=${this.#how.closed}
          @change=${({ target }) => this.#change({ closed: target.checked })}
        />
        back to the first</label
      >`;
  }

  #wayView() {
    const save = async () => {
      try {
        const film = await this.#client.film(this.#latents(), { ...this.#how, fps });
        download(film, 'interpolation.webp');
      } catch ({ message }) {
        this.#tell(message);
      }
    };
    return html`<div class="scroll" tabindex="0" role="group" aria-label="Strip">${this.#strip}</div>
      <div class="film">
        ${this.#player}
        <div>
          <input
            type="range"
            min="0"
            max=${this.#frames.length - 1}
            step="1"
            aria-label="Place on the way"
            .value=${String(this.#at)}
            @input=${({ target }) => this.#show(Number(target.value))}
          />
          <div class="buttons">
            <button type="button" class="quiet" @click=${() => (this.#isPlaying ? this.pause() : this.#play())}>${this.#isPlaying ? 'Pause' : 'Play'}</button>
            <button type="button" class="quiet" @click=${save}>Save WebP</button>
            <button type="button" class="quiet" @click=${() => downloadPng(this.#strip, 'interpolation.png')}>Save PNG strip</button>
          </div>
        </div>
      </div>`;
  }
}
