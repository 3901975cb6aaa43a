import * as v from 'valibot';
import type { ImageSource } from '../data/images.js';
import { imageSource, mnist } from '../data/images.js';
import { type LoadedImages, loadSource } from '../data/source.js';
import { DcganError } from '../errors.js';
import type { NativeEvaluator } from '../native/bindings.js';
import { native, nativeNow } from '../native/errors.js';
import { loadNative } from '../native/load.js';
import { labelsOf, scaled } from '../network/arrays.js';
import { check, count, type ModelOptions } from '../options.js';
import { type Classifier, classifierOptions } from './classifier.js';
import { imagesAtOnce } from './features.js';
import { pixelsOf } from './pixels.js';

/** Options of `trainClassifier`. */
export interface ClassifierTrainingOptions
  extends Partial<Pick<ModelOptions, 'seed' | 'device' | 'threads' | 'imageSize' | 'channels'>> {
  /** Labelled images: a path or a source. Default: MNIST. */
  readonly data?: string | ImageSource;
  /** Labelled images to judge it by. Default: of MNIST its test images, else every tenth image, which it is not trained on. */
  readonly test?: string | ImageSource;
  /** Default 20. */
  readonly epochs?: number;
  readonly signal?: AbortSignal;
  /** Told after some steps: those taken, all, and their mean loss. */
  readonly onProgress?: (done: number, of: number, loss: number) => void;
}

const schema = v.object({ epochs: v.optional(count(1, 1000), 20) });

/** Width of the convolutions. */
const features = 32;
const batchSize = 128;
/** Steps between two looks at whether to go on. */
const stepsAtOnce = 50;
/** One image in so many is held out where there are no others to judge by. */
const heldOut = 10;

interface Labelled {
  readonly images: LoadedImages;
  readonly numbers: readonly number[];
  readonly labels: ArrayLike<number>;
}

/**
 * Trains a network that tells the classes of labelled images, to describe images by: for `evaluate`.
 * @throws DcganError ERR_OPTION, ERR_LABELS where the data have none, ERR_DATA_…, ERR_DIVERGED, those of opening; the
 * signal's reason.
 */
export async function trainClassifier(
  options: ClassifierTrainingOptions = {},
): Promise<Omit<Classifier, 'name' | 'sha256'>> {
  const { data, test, signal, onProgress, epochs: asked, ...more } = options;
  const { epochs } = check(schema, { epochs: asked });
  signal?.throwIfAborted();
  const { imageSize, channels } = more;
  const wanted = { ...(imageSize && { imageSize }), ...(channels && { channels }) };
  const images = await loadSource(imageSource(data), wanted);
  const labels = await labelsIn(images);
  const classes = images.classNames?.length ?? Math.max(...new Set(labels)) + 1;
  const judged = test ?? (data === undefined || data === 'mnist' ? mnist({ split: 'test' }) : null);
  const other = judged === null ? null : await loadSource(imageSource(judged), images);
  const all = Array.from({ length: images.count }, (_, i) => i);
  const tested: Labelled = other
    ? {
        images: other,
        numbers: Array.from({ length: other.count }, (_, i) => i),
        labels: await labelsIn(other),
      }
    : { images, numbers: all.filter((i) => i % heldOut === heldOut - 1), labels };
  const trained = other ? all : all.filter((i) => i % heldOut !== heldOut - 1);
  if (trained.length < batchSize) {
    const said = `${images.name} holds ${images.count} images, too few to train a classifier on. Name more.`;
    throw new DcganError('ERR_DATA_TOO_FEW', said, { value: images.count });
  }
  const model = classifierOptions(
    { imageSize: images.imageSize, channels: images.channels, features, classes },
    { ...more, batchSize, learningRate: 1e-3, dropout: 0.1, augment: ['translate'] },
  );
  const core = loadNative();
  const evaluator = nativeNow(() => new core.Evaluator(model));
  try {
    const given = labelsOf(
      trained.map((i) => labels[i]!),
      trained.length,
      classes,
    )!;
    const pixels = await pixelsOf(images, trained);
    await native(() => evaluator.setTraining(pixels, trained.length, given));
    const steps = epochs * Math.floor(trained.length / batchSize);
    for (let step = 0; step < steps; ) {
      const taken = await native(() => evaluator.train(Math.min(stepsAtOnce, steps - step), steps));
      signal?.throwIfAborted();
      step = taken.step;
      onProgress?.(step, steps, taken.loss);
    }
    const accuracy = await accuracyOn(evaluator, tested, classes);
    const state = await native(() => evaluator.state());
    const { name, classNames } = images;
    const { imageSize: size, channels: depth } = model;
    const shaping = { imageSize: size, channels: depth, features, classes };
    return { ...shaping, ...(classNames && { classNames }), data: name, accuracy, state };
  } finally {
    evaluator.dispose();
  }
}

async function labelsIn(images: LoadedImages): Promise<Uint8Array | Uint16Array> {
  const labels = await images.labels?.();
  if (labels) return labels;
  const said = `${images.name} has no labels, by which a classifier learns. Name images with labels.`;
  throw new DcganError('ERR_LABELS', said, { value: images.name });
}

async function accuracyOn(
  evaluator: NativeEvaluator,
  { images, numbers, labels }: Labelled,
  classes: number,
): Promise<number> {
  let right = 0;
  for (let at = 0; at < numbers.length; at += imagesAtOnce) {
    const some = numbers.slice(at, at + imagesAtOnce);
    const pixels = scaled(await pixelsOf(images, some));
    const { logits } = await native(() => evaluator.classify(pixels, some.length));
    for (const [i, number] of some.entries()) {
      const own = logits.subarray(i * classes, (i + 1) * classes);
      if (own.indexOf(Math.max(...own)) === labels[number]) right++;
    }
  }
  return right / numbers.length;
}
