import { DcganError } from '../errors.js';
import { imageNumbers, imageOf, type NetworkOptions } from './layers.js';
import type { TensorState } from './state.js';

/** What an image is: the options `imageSize` and `channels` of its model. */
export type ImageShape = Pick<NetworkOptions, 'imageSize' | 'channels'>;

/** Numbers and the shape that they are to be read in, C order. */
export interface ImageBatch {
  /** In [-1, 1]. */
  readonly data: Float32Array;
  /** [n, imageSize, imageSize, channels]. */
  readonly shape: readonly [number, number, number, number];
}

/** The shape of `count` images. */
export const batchShape = (count: number, image: ImageShape): ImageBatch['shape'] => [
  count,
  ...imageOf(image),
];

/** Images as a caller may give them: pixels 0 … 255, or numbers in [-1, 1], [n, imageSize, imageSize, channels] either way. */
export type ImageInput = Uint8Array | Float32Array;

/** What numbers may be beyond [-1, 1]: whoever scaled pixels rounded. */
const beyond = 1e-3;

/**
 * Images as float32 numbers in [-1, 1]; a copy, so that the caller may use the array again at once.
 * @throws DcganError ERR_SHAPE for anything but whole images, ERR_VALUE for numbers that are none of an image.
 */
export function imagesOf(input: ImageInput, image: ImageShape, count: number | null = null): Float32Array {
  // Not instanceof: arrays of another realm (a vm context, a test runner's) are as good.
  const kind = Object.prototype.toString.call(input);
  if (kind !== '[object Uint8Array]' && kind !== '[object Float32Array]') {
    throw new DcganError(
      'ERR_SHAPE',
      `Images must be a Uint8Array or a Float32Array, not ${describe(input)}.`,
      {
        value: input,
      },
    );
  }
  const size = imageNumbers(image);
  const wanted = count === null ? null : count * size;
  if (input.length === 0 || input.length % size !== 0 || (wanted !== null && input.length !== wanted)) {
    const expected =
      count === null ? `a multiple of ${size}` : `[${batchShape(count, image).join(', ')}] = ${wanted}`;
    throw new DcganError('ERR_SHAPE', `The images hold ${input.length} numbers; expected ${expected}.`, {
      value: input.length,
    });
  }
  if (kind === '[object Float32Array]') return checkedImages((input as Float32Array).slice(), size);
  return scaled(input as Uint8Array);
}

/** Pixels 0 … 255 as numbers in [-1, 1]. */
export function scaled(pixels: Uint8Array): Float32Array {
  return Float32Array.from(pixels, (pixel) => (pixel - 127.5) / 127.5);
}

function checkedImages(images: Float32Array, size: number): Float32Array {
  let smallest = Infinity;
  let largest = -Infinity;
  // Not entries(), which takes 25 times as long.
  for (let i = 0; i < images.length; i++) {
    const number = images[i]!;
    if (Number.isNaN(number)) throw notImages(`there is a NaN in image ${Math.floor(i / size)}`, number);
    smallest = Math.min(smallest, number);
    largest = Math.max(largest, number);
  }
  if (smallest >= -1 - beyond && largest <= 1 + beyond) return images;
  throw notImages(`these reach from ${smallest} to ${largest}`, largest > 1 + beyond ? largest : smallest);
}

function notImages(seen: string, value: number): DcganError {
  const said = `Images in a Float32Array are numbers in [-1, 1], and ${seen}. Give pixels 0 … 255 as a Uint8Array, or numbers in [-1, 1].`;
  return new DcganError('ERR_VALUE', said, { value });
}

/**
 * A copy of latent vectors [n, latentSize].
 * @param name what the caller calls them
 * @throws DcganError ERR_SHAPE, ERR_VALUE where one is not finite.
 */
export function noiseOf(
  noise: Float32Array,
  count: number,
  latentSize: number,
  name: 'noise' | 'latents' | 'direction' = 'noise',
): Float32Array {
  const right = isFloats(noise);
  if (!right || noise.length !== count * latentSize) {
    const found = right ? `${noise.length} numbers` : describe(noise);
    throw new DcganError(
      'ERR_SHAPE',
      `${name} must be a Float32Array of [${count}, ${latentSize}] = ${count * latentSize} numbers, not ${found}.`,
      { value: right ? noise.length : noise },
    );
  }
  const copy = noise.slice();
  const at = copy.findIndex((number) => !Number.isFinite(number));
  if (at < 0) return copy;
  const said = `${name} must be finite, and vector ${Math.floor(at / latentSize)} holds ${copy[at]}. Give finite numbers, such as normally distributed ones.`;
  throw new DcganError('ERR_VALUE', said, { value: copy[at] });
}

/** Classes of `count` images as a caller may give them. */
export type LabelInput = readonly number[] | Uint8Array | Uint16Array | Int32Array;

/** Labels as they were given, or one class for each of `count` images. */
export function oneForEach<T>(labels: number | T, count: number): number[] | T {
  return typeof labels === 'number' ? new Array<number>(count).fill(labels) : labels;
}

/** Classes of `count` images: 0, 1, 2, …, and from the beginning again. */
export function eachInTurn(count: number, classes: number): number[] {
  return Array.from({ length: count }, (_, i) => i % classes);
}

/**
 * Labels of a model with classes, as native code takes them; a copy. Null for one without.
 * @throws DcganError ERR_LABELS where there are none, too many, or some that the model has no class for.
 */
export function labelsOf(labels: LabelInput | undefined, count: number, classes: number): Int32Array | null {
  const refuse = (said: string) => new DcganError('ERR_LABELS', said, { value: labels });
  if (classes === 0) {
    if (labels === undefined) return null;
    throw refuse(
      'This model knows no classes, so it takes no labels. Leave them out, or train one with conditional: true.',
    );
  }
  if (labels === undefined || typeof labels === 'number' || labels.length !== count) {
    const found = labels === undefined ? 'there are none' : `these are ${labels.length}`;
    throw refuse(`Labels must be one for each of ${count} images, and ${found}.`);
  }
  const other = Array.from(labels).find((label) => !Number.isInteger(label) || label < 0 || label >= classes);
  if (other === undefined) return Int32Array.from(labels);
  throw refuse(`Labels must be whole numbers from 0 to ${classes - 1}, and one is ${other}.`);
}

/** Classes of images as `LabelInput`, one class for all, or weights of all classes for each image, [count, classes]. */
export type SoftLabelInput = number | LabelInput | Float32Array;

/**
 * The same as `labelsOf`, where images may also be of several classes at once; a copy.
 * @throws DcganError ERR_LABELS as `labelsOf` does, ERR_VALUE where a weight is not finite.
 */
export function softLabelsOf(
  labels: SoftLabelInput | undefined,
  count: number,
  classes: number,
): Int32Array | Float32Array | null {
  if (!isFloats(labels) || classes === 0) {
    return labelsOf(oneForEach(labels as number | LabelInput | undefined, count), count, classes);
  }
  const weights = Float32Array.from(labels as Float32Array);
  if (weights.length !== count * classes) {
    const said = `Weights of classes must be [${count}, ${classes}] = ${count * classes} numbers, not ${weights.length}.`;
    throw new DcganError('ERR_LABELS', said, { value: weights.length });
  }
  const other = weights.find((weight) => !Number.isFinite(weight));
  if (other === undefined) return weights;
  throw new DcganError('ERR_VALUE', `Weights of classes must be finite, and one is ${other}.`, {
    value: other,
  });
}

/**
 * Copies of tensors by name, so that the caller may use the arrays again at once.
 * @throws DcganError ERR_SHAPE for what is no tensor.
 */
export function tensorsOf(tensors: TensorState): TensorState {
  if (typeof tensors !== 'object' || tensors === null) {
    throw new DcganError('ERR_SHAPE', `Tensors by name were expected, not ${describe(tensors)}.`, {
      value: tensors,
    });
  }
  const copies = Object.entries(tensors).map(([name, tensor]) => {
    if (!isFloats(tensor?.data) || !Array.isArray(tensor.shape)) {
      const said = `Tensor '${name}' must be { data: Float32Array, shape: number[] }.`;
      throw new DcganError('ERR_SHAPE', said, { value: tensor });
    }
    return [name, { data: tensor.data.slice(), shape: [...tensor.shape] }] as const;
  });
  return Object.fromEntries(copies);
}

// Not instanceof: arrays of another realm (a vm context, a test runner's) are as good.
const isFloats = (value: unknown): boolean =>
  Object.prototype.toString.call(value) === '[object Float32Array]';

function describe(value: unknown): string {
  return Object.prototype.toString.call(value).slice('[object '.length, -1);
}
