import * as v from 'valibot';
import { type ImageSource, imageSource } from '../data/images.js';
import { loadSource } from '../data/source.js';
import type { NativeLatents, NativeWorker } from '../native/bindings.js';
import { native, nativeNow } from '../native/errors.js';
import { loadNative } from '../native/load.js';
import { eachInTurn, labelsOf, scaled } from '../network/arrays.js';
import { abortSignal, check, count, type ModelOptions } from '../options.js';
import { classifierOptions } from './classifier.js';
import { type EvaluationProgress, Evaluator, type Judged } from './evaluator.js';
import { classifierDescriber, classifierFor, type Describer } from './features.js';
import { onnxDescriber } from './onnx_features.js';
import { pixelsOf } from './pixels.js';
import { loadReal, mostInMemory } from './real_images.js';
import type { EvaluationReport } from './report.js';

/** How `evaluate` judges images. */
export interface EvaluateOptions {
  /** How many images, at most 100,000. Default 10,000, or all where there are fewer. */
  readonly samples?: number;
  /** Decides which images are drawn. Default: the model's seed. */
  readonly seed?: number;
  /** The real images to compare with: a path or a source. Default: what the model was trained on; MNIST. */
  readonly data?: string | ImageSource;
  /** Other real images, by which the floor is told. Default: the test images that belong to the data, else some of these. */
  readonly test?: string | ImageSource;
  /** A classifier that `features train` made. Default: that of the package, for digits. */
  readonly features?: string;
  /** An ONNX file that describes images, in place of a classifier; needs the package `onnxruntime-node`. */
  readonly featuresOnnx?: string;
  /** Look for the nearest training images as well. Default true. */
  readonly nearest?: boolean;
  /** Ends the evaluation, which rejects with its reason. */
  readonly signal?: AbortSignal;
  /** Told what is being done, and how much of it. */
  readonly onProgress?: EvaluationProgress;
}

const path = v.optional(v.pipe(v.string(), v.nonEmpty('must be a path')));
const source = v.optional(
  v.union([
    v.string(),
    v.custom<ImageSource>(
      (value) => typeof (value as ImageSource)?.load === 'function',
      'a path or a source',
    ),
  ]),
);

const schema = v.strictObject({
  samples: v.optional(count(1, 100_000), 10_000),
  seed: v.optional(count(0, Number.MAX_SAFE_INTEGER)),
  data: source,
  test: source,
  features: path,
  featuresOnnx: path,
  nearest: v.optional(v.boolean(), true),
  signal: v.optional(abortSignal),
  onProgress: v.optional(v.function('must be a function')),
});

export type ResolvedEvaluateOptions = v.InferOutput<typeof schema>;

/** @throws DcganError ERR_OPTION. */
export function resolveEvaluateOptions(options: EvaluateOptions): ResolvedEvaluateOptions {
  return check(schema, options);
}

/** What is evaluated, and where that is computed. */
export interface Place {
  readonly model: Pick<ModelOptions, 'imageSize' | 'channels' | 'device' | 'threads'>;
  /** The thread of the trainer or generator that draws. */
  readonly worker?: NativeWorker;
}

/** An `Evaluator` and what it was made with. */
export interface OpenEvaluator {
  readonly evaluator: Evaluator;
  dispose(): void;
}

/** Loads features and real images. @throws DcganError ERR_FEATURES, ERR_DATA_…, those of opening. */
export async function openEvaluator(
  { model, worker }: Place,
  real: ImageSource,
  options: Pick<ResolvedEvaluateOptions, 'test' | 'features' | 'featuresOnnx'>,
): Promise<OpenEvaluator> {
  const { imageSize, channels, device, threads } = model;
  const image = { imageSize, channels };
  const { featuresOnnx } = options;
  const classifier = featuresOnnx === undefined ? await classifierFor(options.features, image) : null;
  const core = loadNative();
  const sizes = classifier ?? { imageSize, channels, features: 16, classes: 1 };
  const evaluator = nativeNow(
    () => new core.Evaluator(classifierOptions(sizes, { device, threads }), worker),
  );
  try {
    if (classifier) await native(() => evaluator.open(classifier.state));
    const describer: Describer = classifier
      ? classifierDescriber(evaluator, classifier)
      : await onnxDescriber(featuresOnnx!, image);
    const images = await loadReal(real, options.test, image);
    return { evaluator: new Evaluator(evaluator, describer, images), dispose: () => evaluator.dispose() };
  } catch (error) {
    evaluator.dispose();
    throw error;
  }
}

/** Images that a model draws of a seed; of a model with classes each in turn. */
export function drawnImages(
  of: string,
  step: number,
  samples: number,
  { seed, classes }: Pick<ModelOptions, 'seed' | 'classes'>,
  draw: (latents: NativeLatents) => Promise<Float32Array>,
): Judged {
  const labels = classes > 0 ? eachInTurn(samples, classes) : null;
  return {
    of,
    step,
    count: samples,
    take: (first, n) => {
      const own = labels?.slice(first, first + n);
      return native(() => draw({ count: n, from: seed, first, labels: labelsOf(own, n, classes) }));
    },
  };
}

/**
 * Judges images of any origin: a folder of pictures, an IDX file, a source.
 * @throws DcganError ERR_OPTION, ERR_FEATURES, ERR_DATA_…, those of opening; the signal's reason.
 * @example
 * const { figures } = await evaluateImages('drawn-by-another-program');
 * console.log(figures.fid.value, figures.recall.value);
 */
export async function evaluateImages(
  images: string | ImageSource,
  options: EvaluateOptions = {},
): Promise<EvaluationReport> {
  const { samples, seed = 0, nearest, signal, onProgress, ...more } = resolveEvaluateOptions(options);
  signal?.throwIfAborted();
  const real = imageSource(more.data);
  // A folder of pictures takes the shape of what they are compared with.
  const training = await loadSource(real, { mostInMemory });
  const { imageSize, channels } = training;
  const drawn = await loadSource(imageSource(images), { imageSize, channels });
  const model = { imageSize: drawn.imageSize, channels: drawn.channels, device: 'auto', threads: 0 };
  const isAlike = imageSize === drawn.imageSize && channels === drawn.channels;
  // A folder of real pictures takes another shape where these have one; else what was loaded is.
  const loaded = isAlike ? { name: real.name, load: async () => training } : real;
  const { evaluator, dispose } = await openEvaluator({ model }, loaded, more);
  try {
    const number = Math.min(samples, drawn.count);
    const judged: Judged = {
      of: drawn.name,
      step: null,
      count: number,
      take: async (first, n) =>
        scaled(
          await pixelsOf(
            drawn,
            Array.from({ length: n }, (_, i) => first + i),
          ),
        ),
    };
    return await evaluator.judge(judged, {
      seed,
      nearest,
      signal,
      onProgress: onProgress as EvaluationProgress,
    });
  } finally {
    dispose();
  }
}
