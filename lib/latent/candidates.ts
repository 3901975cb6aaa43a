import { rowsOf, stacked } from './vectors.js';

/** Latent vectors that may be those of pictures: so many for each, those of a picture one after the other. */
export interface Candidates {
  readonly each: number;
  /** [n · each, latentSize] */
  readonly latents: Float32Array;
  /** [n · each]; null without classes. */
  readonly labels: Int32Array | null;
}

/** Candidates that were looked at. */
export interface Found extends Candidates {
  /** [n · each, S, S, C] */
  readonly images: Float32Array;
  /** [n · each]: what was made small. */
  readonly losses: Float32Array;
}

/** Some of the candidates, by their places; `each` of a picture. */
export function pickFound(found: Found, each: number, places: readonly number[]): Found {
  const count = found.losses.length;
  const picked = (array: Float32Array) => {
    const rows = rowsOf(array, array.length / count);
    return stacked(places.map((place) => rows[place]!));
  };
  const { latents, labels, images, losses } = found;
  return {
    each,
    latents: picked(latents),
    labels: labels && Int32Array.from(places, (place) => labels[place]!),
    images: picked(images),
    losses: picked(losses),
  };
}

/** Of each picture those of the smallest losses, the smallest first. */
export function bestOf(found: Found, keep: number): Found {
  const pictures = found.losses.length / found.each;
  const places = Array.from({ length: pictures }, (_, picture) => {
    const own = Array.from({ length: found.each }, (_, i) => picture * found.each + i);
    return own.sort((a, b) => found.losses[a]! - found.losses[b]!).slice(0, keep);
  });
  return pickFound(found, keep, places.flat());
}

/** What was found of some pictures, and then of others. */
export function joined(parts: readonly Found[]): Found {
  const all = (name: 'latents' | 'images' | 'losses') =>
    stacked(parts.flatMap((part) => rowsOf(part[name], part[name].length / part.losses.length)));
  const { each, labels } = parts[0]!;
  return {
    each,
    latents: all('latents'),
    labels: labels && Int32Array.from(parts.flatMap((part) => Array.from(part.labels!))),
    images: all('images'),
    losses: all('losses'),
  };
}
