import * as v from 'valibot';
import { type ImageInput, imagesOf } from '../network/arrays.js';
import { imageNumbers } from '../network/layers.js';
import { check, type ModelOptions, count as number } from '../options.js';
import { type Blend, blended, filledSmoothly } from './blend.js';
import { type Found, pickFound } from './candidates.js';
import { contextWeights } from './context_weights.js';
import {
  givenLabels,
  type InversionOptions,
  inversionEntries,
  type LikenessOptions,
  likenessEntries,
  weight,
} from './inversion_options.js';
import { invert } from './invert.js';
import { masksOf } from './mask.js';
import type { LatentSearch } from './search.js';
import { beginning } from './starts.js';
import { rowsOf, stacked } from './vectors.js';

/** How `inpaint` looks for what is missing. */
export interface InpaintOptions extends InversionOptions, LikenessOptions {
  /** Candidates of each picture, at most 256, of which the best go on. Default 32, or 12 for each answer. */
  readonly starts?: number;
  /** Steps of the best candidates, at most 100,000. Default 200. */
  readonly steps?: number;
  /** λ of ‖z‖² / latentSize: larger ones find images that are more usual, and fit less. Default 0.03. */
  readonly prior?: number;
  /** How many different answers for each picture, at most 64. Default 1. */
  readonly answers?: number;
  /**
   * How an answer is put into the picture: with its gradients, so that it meets the border (`poisson`), fading from the border's
   * values to its own (`soft`), as it is (`none`). Default `poisson`.
   */
  readonly blend?: Blend;
  /** λ of the squared distance of the classifier's features, where there is one. Default 0.1. */
  readonly likeness?: number;
  /** λ of what the discriminator holds against an image, where the checkpoint has one. Default 0.01. */
  readonly realism?: number;
}

/** Pictures in which nothing is missing any more. */
export interface Inpainting {
  /** [n · answers, imageSize, imageSize, channels] in [-1, 1], those of a picture one after the other; known pixels as they were. */
  readonly images: Float32Array;
  /** [n · answers, latentSize] */
  readonly latents: Float32Array;
  /** The class of each, [n · answers]; null where the model knows none. */
  readonly labels: Int32Array | null;
}

const schema = v.strictObject({
  ...inversionEntries({ steps: 200, prior: 0.03 }),
  answers: v.optional(number(1, 64), 1),
  blend: v.optional(v.picklist(['poisson', 'soft', 'none']), 'poisson'),
  ...likenessEntries(0.1),
  realism: v.optional(weight, 0.01),
});

/** For each answer so many candidates are left at the end, of which those are taken that differ most. */
const choice = 3;
/** Candidates of a picture, and for each of several answers. What an encoder guesses of a damaged picture saves none. */
const [usualStarts, startsOfAnswer] = [32, 12];

/**
 * Finds images that fit what is known of pictures, and puts them into the place of what is missing.
 * @param mask [S, S] for all pictures, or [n, S, S]: 1 where a pixel is missing
 * @throws DcganError ERR_OPTION, ERR_SHAPE, ERR_VALUE, ERR_MASK, ERR_LABELS, those of `LatentSearch.open`, ERR_DIVERGED; the signal's
 * reason.
 */
export async function inpaint(
  searches: LatentSearch,
  model: ModelOptions,
  pictures: ImageInput,
  mask: Uint8Array,
  options: InpaintOptions,
): Promise<Inpainting> {
  const { seed = model.seed, labels, answers, blend, features, encoder, ...rest } = check(schema, options);
  rest.signal?.throwIfAborted();
  const images = rowsOf(imagesOf(pictures, model), imageNumbers(model));
  const count = images.length;
  const masks = masksOf(mask, count, model.imageSize);
  const given = givenLabels(labels, count, model);
  const search = await searches.open({ features, encoder });
  const filled = images.map((image, i) => filledSmoothly(image, masks[i]!, model));
  const guess = await search.guess(stacked(filled), count);
  const keep = answers > 1 ? choice * answers : 1;
  const usual = answers > 1 ? startsOfAnswer * answers : usualStarts;
  const starts = rest.starts && Math.max(rest.starts, keep);
  const first = beginning({ count, starts, usual, seed, labels: given, guess }, model);
  const known = {
    count,
    targets: stacked(images),
    pooling: 1,
    weights: stacked(masks.map((missing) => contextWeights(missing, model.imageSize))),
    absolute: true,
    featureWeight: search.likeness(rest.likeness),
    realismWeight: search.hasDiscriminator ? rest.realism : 0,
    priorWeight: rest.prior,
  };
  const course = { steps: rest.steps, seed, keep };
  const found = await invert(search, known, first, course, rest);

  const chosen = pickFound(
    found,
    answers,
    masks.flatMap((missing, i) => mostDifferent(found, i, answers, missing)),
  );
  const whole = rowsOf(chosen.images, imageNumbers(model)).map((drawn, i) => {
    const picture = Math.floor(i / answers);
    return blended(blend, images[picture]!, drawn, masks[picture]!, model);
  });
  return { images: stacked(whole), latents: chosen.latents, labels: chosen.labels };
}

/** The best candidate of a picture, and others that differ most from those before where pixels are missing; by their places. */
function mostDifferent(found: Found, picture: number, answers: number, missing: Uint8Array): number[] {
  const images = rowsOf(found.images, found.images.length / found.losses.length);
  const [best, ...others] = Array.from({ length: found.each }, (_, i) => picture * found.each + i);
  const taken = [best!];
  while (taken.length < answers) {
    const apart = others.map((place) =>
      Math.min(...taken.map((other) => distance(images[place]!, images[other]!, missing))),
    );
    taken.push(...others.splice(apart.indexOf(Math.max(...apart)), 1));
  }
  return taken;
}

/** The sum of the squares by which images differ where pixels are missing. */
function distance(one: Float32Array, other: Float32Array, missing: Uint8Array): number {
  const channels = one.length / missing.length;
  return one.reduce((sum, value, i) => {
    return missing[Math.floor(i / channels)] === 1 ? sum + (value - other[i]!) ** 2 : sum;
  }, 0);
}
