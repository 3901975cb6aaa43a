import { DcganError } from '../errors.js';
import type { NativeEvaluator } from '../native/bindings.js';
import { native } from '../native/errors.js';
import type { ImageShape } from '../network/arrays.js';
import { imageNumbers } from '../network/layers.js';
import { type Classifier, digitsClassifier, readClassifier } from './classifier.js';

/** By what images were described: two reports can be compared where it is the same. */
export interface FeaturesName {
  readonly name: string;
  /** Of the file, in hexadecimal. */
  readonly sha256: string;
  /** Numbers that describe an image. */
  readonly dims: number;
}

/** Descriptions of n images. */
export interface Described {
  /** [n, dims] */
  readonly features: Float32Array;
  /** [n, classes], where there are classes. */
  readonly logits: Float32Array | null;
}

/** Something that describes images by numbers. */
export interface Describer extends FeaturesName {
  /** How many classes its logits are of; 0 where it has none. */
  readonly classes: number;
  readonly classNames?: readonly string[];
  /** images [n, S, S, C] in [-1, 1] */
  describe(images: Float32Array, count: number): Promise<Described>;
}

/** Images that are described in one job. */
export const imagesAtOnce = 1024;

/** What describes images by a classifier that `evaluator` has. */
export function classifierDescriber(evaluator: NativeEvaluator, classifier: Classifier): Describer {
  const { name, sha256, classes, classNames } = classifier;
  const dims = classifier.state['classifier.features.bias']!.shape[0]!;
  return {
    name,
    sha256,
    dims,
    classes,
    ...(classNames && { classNames }),
    describe: (images, count) => native(() => evaluator.classify(images, count)),
  };
}

/**
 * The classifier that describes such images: that of a file, or the package's own where they are as large as its digits.
 * @throws DcganError ERR_FEATURES.
 */
export async function classifierFor(file: string | undefined, image: ImageShape): Promise<Classifier> {
  const classifier = await readClassifier(file ?? digitsClassifier);
  const { imageSize, channels } = classifier;
  if (imageSize === image.imageSize && channels === image.channels) return classifier;
  const these = `${image.imageSize}×${image.imageSize} images of ${image.channels} channels`;
  const said =
    file === undefined
      ? `The classifier of the package is for digits of 28×28, and these are ${these}. Train one on labelled images of the kind (npx dcgan-native features train --help) and name it as features, or name an ONNX file as featuresOnnx.`
      : `${file} is for ${imageSize}×${imageSize} images of ${channels} channels, and these are ${these}. Name another, or make one: npx dcgan-native features train --help.`;
  throw new DcganError('ERR_FEATURES', said, { value: file });
}

/** Describes many images, piece by piece. @param take gives images [n, S, S, C] from number `first` on */
export async function describeAll(
  describer: Describer,
  count: number,
  take: (first: number, count: number) => Promise<Float32Array>,
  onProgress: (done: number) => void,
): Promise<Described> {
  const features = new Float32Array(count * describer.dims);
  const logits = describer.classes > 0 ? new Float32Array(count * describer.classes) : null;
  for (let at = 0; at < count; at += imagesAtOnce) {
    const n = Math.min(imagesAtOnce, count - at);
    const piece = await describer.describe(await take(at, n), n);
    features.set(piece.features, at * describer.dims);
    if (logits && piece.logits) logits.set(piece.logits, at * describer.classes);
    onProgress(at + n);
  }
  return { features, logits };
}

/** Some of many images. */
export function imagesIn(
  images: Float32Array,
  image: ImageShape,
  first: number,
  count: number,
): Float32Array {
  const size = imageNumbers(image);
  return images.subarray(first * size, (first + count) * size);
}
