import { make, makeCanvas } from './digits.js';
import { axis, move, towards } from './latent.js';

/** Sliders at once. */
export const sliderCount = 6;
/** How far a slider of a direction goes, to either side. */
const reach = 3;

/** The named directions of `directions.json` beside this page; none where there is no such file, or one for another generator. */
export async function loadDirections(latentSize) {
  const response = await fetch('directions.json');
  if (response.status !== 200) return [];
  const { directions } = await response.json();
  return directions.filter(({ vector }) => vector.length === latentSize);
}

/**
 * What the sliders can stand for: other digits, to which they lead; named directions, where there are any; single numbers of z.
 * `directionsOf` gives the directions from latent vectors, of which the first is the one that is moved.
 */
export function sliderSets(latentSize, named) {
  const others = {
    title: 'towards other digits',
    names: Array.from({ length: sliderCount }, (_, i) => `Direction ${i + 1}`),
    least: 0,
    most: 1,
    directionsOf: ([z, ...others]) => others.slice(0, sliderCount).map((other) => towards(z, other)),
  };
  const known = {
    title: 'named directions',
    names: named.map(({ name }) => name),
    least: -reach,
    most: reach,
    directionsOf: () => named.map(({ vector }) => vector),
  };
  const firsts = Array.from({ length: Math.ceil(latentSize / sliderCount) }, (_, i) => i * sliderCount);
  const numbers = firsts.map((first) => {
    const count = Math.min(sliderCount, latentSize - first);
    const indices = Array.from({ length: count }, (_, i) => first + i);
    return {
      title: `numbers ${first} to ${first + count - 1}`,
      names: indices.map((index) => `Number ${index}`),
      least: -reach,
      most: reach,
      directionsOf: () => indices.map((index) => axis(index, latentSize)),
    };
  });
  return [...(named.length > 0 ? [known] : []), others, ...numbers];
}

/** The sliders of a set, each with the digit at its end beside it. */
export class Sliders {
  /** Where the digits at the ends are painted. */
  canvases = [];
  #set = null;
  #inputs = [];

  constructor(list, onMove) {
    Object.assign(this, { list, onMove });
  }

  choose(set) {
    this.#set = set;
    this.canvases = set.names.map(makeCanvas);
    this.#inputs = set.names.map(() => {
      const range = { min: set.least, max: set.most, step: 0.01, value: 0 };
      return make('input', { type: 'range', ...range });
    });
    this.list.replaceChildren(
      ...set.names.map((name, i) => {
        const label = make('label', {}, make('span', { textContent: name }), this.#inputs[i]);
        return make('li', {}, label, this.canvases[i]);
      }),
    );
    for (const input of this.#inputs) input.addEventListener('input', this.onMove);
  }

  reset() {
    for (const input of this.#inputs) input.value = 0;
  }

  /** The first of some latent vectors, moved as the sliders say. */
  moved(vectors) {
    const amounts = this.#inputs.map(({ value }) => Number(value));
    return move(vectors[0], this.#set.directionsOf(vectors), amounts);
  }

  /** What stands at the end of each slider alone. */
  ends(vectors) {
    return this.#set.directionsOf(vectors).map((direction) => move(vectors[0], [direction], [this.#set.most]));
  }
}
