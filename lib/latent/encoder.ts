import * as v from 'valibot';
import { native, nativeNow } from '../native/errors.js';
import { loadNative } from '../native/load.js';
import { abortSignal, check, count } from '../options.js';
import { type Encoder, encoderOptions } from './encoder_file.js';
import { digestOf, type LatentModel } from './model.js';

/** How far the training of an encoder is. */
export interface EncoderProgress {
  /** Steps taken. */
  readonly done: number;
  /** Steps in all; of a training that was given seconds, as many as they seem to be enough for. */
  readonly of: number;
  /** Mean square of the differences between latent vectors and what is guessed, over the last steps. */
  readonly latentLoss: number;
  /** The same of the pixels of their images, in [-1, 1]. */
  readonly pixelLoss: number;
}

/** How an encoder is trained. */
export interface EncoderTrainingOptions {
  /** How many steps. Default 2000, unless `seconds` are given. */
  readonly steps?: number;
  /** For how long, in place of `steps`: how good it becomes depends on the machine then. */
  readonly seconds?: number;
  /** Of its convolutions: a multiple of 16. Default 32. */
  readonly width?: number;
  /** Images in a batch. Default 64. */
  readonly batchSize?: number;
  /** Adam's, which falls to 0 in the end. Default 1e-3. */
  readonly learningRate?: number;
  /** Decides its first weights, and what it sees. Default 1. */
  readonly seed?: number;
  /** Ends the training, which rejects with its reason. */
  readonly signal?: AbortSignal;
  /** Told after some steps. */
  readonly onProgress?: (progress: EncoderProgress) => void;
}

const schema = v.strictObject({
  steps: v.optional(count(1, 10_000_000)),
  seconds: v.optional(v.pipe(v.number(), v.gtValue(0), v.maxValue(1e6))),
  width: v.optional(
    v.pipe(
      count(16, 512),
      v.check((value) => value % 16 === 0, 'must be a multiple of 16'),
    ),
    32,
  ),
  batchSize: v.optional(count(2, 4096), 64),
  learningRate: v.optional(v.pipe(v.number(), v.gtValue(0), v.maxValue(1)), 1e-3),
  seed: v.optional(count(0, Number.MAX_SAFE_INTEGER), 1),
  signal: v.optional(abortSignal),
  onProgress: v.optional(v.function('must be a function')),
});

const defaultSteps = 2000;
/** Steps between two looks at whether to go on. */
const stepsAtOnce = 10;

/**
 * Trains a network that guesses of images the latent vectors that the generator drew them from, on what it draws.
 * @throws DcganError ERR_OPTION, ERR_DIVERGED, ERR_OUT_OF_MEMORY, ERR_DISPOSED; where native code cannot be loaded ERR_ADDON_NOT_FOUND,
 * ERR_LIBTORCH_…; the signal's reason.
 */
export async function trainEncoder(
  { options, generator, worker }: Pick<LatentModel, 'options' | 'generator' | 'worker'>,
  given: EncoderTrainingOptions = {},
): Promise<Encoder> {
  const { steps, seconds, width, signal, onProgress, ...training } = check(schema, given);
  signal?.throwIfAborted();
  const { imageSize, channels, latentSize, classes, device, threads } = options;
  const network = { imageSize, channels, latentSize, classes, features: width };
  const core = loadNative();
  const search = nativeNow(() => new core.LatentSearch(options, worker));
  try {
    await native(() => search.open(generator, null, null));
    await native(() => search.beginEncoder(encoderOptions(network, { device, threads, ...training })));
    const began = performance.now();
    for (let done = 0, of = steps ?? defaultSteps; done < of; ) {
      const { step, ...losses } = await native(() =>
        search.trainEncoder(Math.min(stepsAtOnce, of - done), of),
      );
      done = step;
      signal?.throwIfAborted();
      if (steps === undefined && seconds !== undefined) of = enoughFor(seconds, done, began);
      onProgress?.({ done, of, ...losses });
    }
    const state = await native(() => search.encoderState());
    return { generator: digestOf(generator), ...network, state };
  } finally {
    search.dispose();
  }
}

/** As many steps as so many seconds are enough for, when `done` of them took since `began`. */
function enoughFor(seconds: number, done: number, began: number): number {
  return Math.max(done, Math.round((1000 * seconds * done) / (performance.now() - began)));
}
