import { paint, side } from './digits.js';
import { latentVector, loop } from './latent.js';

const frameCount = 48;
const inStrip = 12;
const framesPerSecond = 20;

/** The way through the digits of some seeds and back to the first: a strip of it, and a player. */
export class Way {
  #frames = [];
  #at = 0;
  #isPlaying = false;

  /** @param parts the elements `strip`, `player`, `place` and `play` */
  constructor(parts) {
    this.parts = parts;
    parts.strip.width = inStrip * side;
    parts.place.max = frameCount - 1;
    parts.place.addEventListener('input', () => this.#show(Number(parts.place.value)));
    parts.play.addEventListener('click', () => (this.#isPlaying ? this.#pause() : this.#play()));
  }

  /** Draws it. */
  async draw(seeds, { latentSize, generate }) {
    const vectors = seeds.map((seed) => latentVector(seed, latentSize));
    this.#frames = await generate(loop(vectors, frameCount));
    for (let i = 0; i < inStrip; i++) {
      paint(this.parts.strip, this.#frames[(i * frameCount) / inStrip], i * side);
    }
    this.#show(this.#at);
  }

  #show(at) {
    this.#at = at;
    this.parts.place.value = at;
    paint(this.parts.player, this.#frames[at]);
  }

  async #play() {
    this.#isPlaying = true;
    this.parts.play.textContent = 'Pause';
    while (this.#isPlaying) {
      await new Promise((resolve) => setTimeout(resolve, 1000 / framesPerSecond));
      if (this.#isPlaying) this.#show((this.#at + 1) % frameCount);
    }
  }

  #pause() {
    this.#isPlaying = false;
    this.parts.play.textContent = 'Play';
  }
}
