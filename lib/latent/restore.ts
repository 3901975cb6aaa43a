import * as v from 'valibot';
import { DcganError } from '../errors.js';
import { type ImageInput, imagesOf } from '../network/arrays.js';
import { imageNumbers } from '../network/layers.js';
import { check, type ModelOptions } from '../options.js';
import { givenLabels, type InversionOptions, inversionEntries } from './inversion_options.js';
import { invert, type Known } from './invert.js';
import type { LatentSearch } from './search.js';
import { beginning } from './starts.js';

/** How `denoise` and `upscale` look for images. */
export interface RestoreOptions extends InversionOptions {
  /** Candidates of each picture, at most 256, of which the best go on. Default 16; 8 where an encoder guesses one. */
  readonly starts?: number;
  /** Steps of the best candidate, at most 100,000. Default 200. */
  readonly steps?: number;
  /** λ of ‖z‖² / latentSize: larger ones find images that are more usual, and fit less. Default 0.01. */
  readonly prior?: number;
}

/** Images in the place of pictures that were worse. */
export interface Restoration {
  /** [n, imageSize, imageSize, channels] in [-1, 1] */
  readonly images: Float32Array;
  /** [n, latentSize] */
  readonly latents: Float32Array;
  /** The class of each, [n]; null where the model knows none. */
  readonly labels: Int32Array | null;
}

const schema = v.strictObject(inversionEntries({ steps: 200, prior: 0.01 }));

/** Candidates where they begin anywhere, and where an encoder guesses one of them: of noise it guesses less well. */
const [usualStarts, guessedStarts] = [16, 8];

/**
 * Finds images without the noise that pictures have.
 * @throws DcganError ERR_OPTION, ERR_SHAPE, ERR_VALUE, ERR_LABELS, those of `LatentSearch.open`, ERR_DIVERGED; the signal's reason.
 */
export async function denoise(
  searches: LatentSearch,
  model: ModelOptions,
  pictures: ImageInput,
  options: RestoreOptions,
): Promise<Restoration> {
  const targets = imagesOf(pictures, model);
  return restore(searches, model, { targets, pooling: 1 }, targets, options);
}

/**
 * Finds images of which pictures, `factor` times as small, are what is left.
 * @throws DcganError as `denoise`; ERR_OPTION for a factor that does not divide the images' size.
 */
export async function upscale(
  searches: LatentSearch,
  model: ModelOptions,
  pictures: ImageInput,
  factor: number,
  options: RestoreOptions,
): Promise<Restoration> {
  const small = { ...model, imageSize: smallerSize(model.imageSize, factor) };
  const targets = imagesOf(pictures, small);
  return restore(searches, model, { targets, pooling: factor }, enlarged(targets, small, factor), options);
}

/** Rows, and columns, of pictures that images are `factor` times as large as. @throws DcganError ERR_OPTION. */
export function smallerSize(imageSize: number, factor: number): number {
  if (Number.isSafeInteger(factor) && factor >= 2 && imageSize % factor === 0) return imageSize / factor;
  const factors = Array.from({ length: imageSize - 1 }, (_, i) => i + 2).filter(
    (each) => imageSize % each === 0,
  );
  const said = `Option 'factor' is wrong: images of ${imageSize}×${imageSize} are ${factors.join(', ')} times as large as smaller ones, not ${factor} times.`;
  throw new DcganError('ERR_OPTION', said, { value: factor });
}

/** @param seen what an encoder is shown of the pictures, as large as images */
async function restore(
  searches: LatentSearch,
  model: ModelOptions,
  measured: Pick<Known, 'targets' | 'pooling'>,
  seen: Float32Array,
  options: RestoreOptions,
): Promise<Restoration> {
  const { seed = model.seed, labels, starts, steps, prior, encoder, ...run } = check(schema, options);
  run.signal?.throwIfAborted();
  const count = seen.length / imageNumbers(model);
  const given = givenLabels(labels, count, model);
  const search = await searches.open({ encoder });
  const guess = await search.guess(seen, count);
  const usual = guess ? guessedStarts : usualStarts;
  const first = beginning({ count, starts, usual, seed, labels: given, guess }, model);
  const fitting = { weights: null, absolute: false, featureWeight: 0, realismWeight: 0, priorWeight: prior };
  const course = { steps, seed, keep: 1 };
  const found = await invert(search, { count, ...measured, ...fitting }, first, course, run);
  return { images: found.images, latents: found.latents, labels: found.labels };
}

/** Images [n, s, s, C] in which each pixel has become a square of them. */
function enlarged(images: Float32Array, { imageSize, channels }: ModelOptions, factor: number): Float32Array {
  const size = imageSize * factor;
  const large = new Float32Array(images.length * factor * factor);
  const rows = large.length / channels / size;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < size; column++) {
      const from = (Math.floor(row / factor) * imageSize + Math.floor(column / factor)) * channels;
      large.set(images.subarray(from, from + channels), (row * size + column) * channels);
    }
  }
  return large;
}
