import * as v from 'valibot';
import { DcganError } from '../errors.js';
import { type ImageInput, imagesOf } from '../network/arrays.js';
import { imageNumbers } from '../network/layers.js';
import { check } from '../options.js';
import type { Found } from './candidates.js';
import {
  givenLabels,
  type InversionOptions,
  inversionEntries,
  type LikenessOptions,
  likenessEntries,
} from './inversion_options.js';
import { invert } from './invert.js';
import type { LatentModel } from './model.js';
import type { LatentSearch } from './search.js';
import { beginning } from './starts.js';

/** How `project` looks for latent vectors. */
export interface ProjectOptions extends InversionOptions, LikenessOptions {
  /** Steps of the best candidate, at most 100,000; 0 takes what the encoder guesses as it is. Default 900. */
  readonly steps?: number;
  /** λ of ‖z‖² / latentSize: larger ones find images that are more usual, and fit less. Default 1e-4. */
  readonly prior?: number;
  /** λ of the squared distance of the classifier's features, where there is one. Default 0. */
  readonly likeness?: number;
}

/** Latent vectors of n pictures. */
export interface Projection {
  /** [n, latentSize] */
  readonly latents: Float32Array;
  /** The class of each, [n]; null where the model knows none. */
  readonly labels: Int32Array | null;
  /** What the generator draws of them, [n, imageSize, imageSize, channels] in [-1, 1]. */
  readonly images: Float32Array;
  /** How far each is from its picture, [n]: the mean square of the differences, of numbers in [-1, 1]. */
  readonly errors: Float32Array;
}

const schema = v.strictObject({
  ...inversionEntries({ steps: 900, prior: 1e-4 }, 0),
  ...likenessEntries(0),
});

/** Candidates where they begin anywhere, and where an encoder guesses one of them. */
const [usualStarts, guessedStarts] = [16, 4];

/**
 * Finds the latent vectors whose images come closest to pictures.
 * @param draw draws with the model that `searches` is of
 * @throws DcganError ERR_OPTION, ERR_SHAPE, ERR_VALUE, ERR_LABELS, those of `LatentSearch.open`, ERR_DIVERGED; the signal's reason.
 */
export async function project(
  searches: LatentSearch,
  { options: model, draw }: Pick<LatentModel, 'options' | 'draw'>,
  pictures: ImageInput,
  options: ProjectOptions,
): Promise<Projection> {
  const {
    seed = model.seed,
    labels,
    starts,
    steps,
    prior,
    likeness,
    features,
    encoder,
    ...run
  } = check(schema, options);
  run.signal?.throwIfAborted();
  const targets = imagesOf(pictures, model);
  const count = targets.length / imageNumbers(model);
  const given = givenLabels(labels, count, model);
  const search = await searches.open({ features, encoder });
  const guess = await search.guess(targets, count);
  const usual = guess ? guessedStarts : usualStarts;
  const start = { count, starts: steps === 0 ? 1 : starts, usual, seed, labels: given, guess };
  const first = beginning(start, model);
  if (steps === 0) {
    if (!guess) throw noGuess();
    const images = await draw({ count, from: first.latents, labels: first.labels });
    return projectionOf({ ...first, images, losses: new Float32Array(count) }, targets);
  }
  const known = {
    count,
    targets,
    pooling: 1,
    weights: null,
    absolute: false,
    featureWeight: search.likeness(likeness),
    realismWeight: 0,
    priorWeight: prior,
  };
  const course = { steps, seed, keep: 1 };
  return projectionOf(await invert(search, known, first, course, run), targets);
}

function projectionOf({ latents, labels, images, losses }: Found, targets: Float32Array): Projection {
  return { latents, labels, images, errors: meanSquares(images, targets, losses.length) };
}

const noGuess = () =>
  new DcganError(
    'ERR_OPTION',
    "Option 'steps' is wrong: 0 takes what an encoder guesses, and there is none. Make one (npx dcgan-native encoder train), or search.",
    { value: 0 },
  );

/** The mean square of what each image [S, S, C] is from its target. */
function meanSquares(images: Float32Array, targets: Float32Array, count: number): Float32Array {
  const size = images.length / count;
  return Float32Array.from({ length: count }, (_, image) => {
    let sum = 0;
    for (let i = image * size; i < (image + 1) * size; i++) sum += (images[i]! - targets[i]!) ** 2;
    return sum / size;
  });
}
