import { DcganError } from '../errors.js';
import { imageOf, recipe } from './layers.js';
import type { TensorState } from './state.js';

/** Rows, columns and channels of an image. */
export const image = imageOf(recipe);
/** Rows of an image, and columns. */
export const imageSide = image[0];
/** Pixels of an image. */
export const imagePixels = imageSide * imageSide;

/** Numbers and the shape that they are to be read in, C order. */
export interface ImageBatch {
  /** In [-1, 1]. */
  readonly data: Float32Array;
  /** [n, 28, 28, 1]. */
  readonly shape: readonly [number, number, number, number];
}

/** The shape of `count` images. */
export const imageShape = (count: number): ImageBatch['shape'] => [count, ...image];

/** Images as a caller may give them: pixels 0 … 255, or numbers in [-1, 1], [n, 28, 28, 1] either way. */
export type ImageInput = Uint8Array | Float32Array;

/** What numbers may be beyond [-1, 1]: whoever scaled pixels rounded. */
const beyond = 1e-3;

/**
 * Images as float32 numbers in [-1, 1]; a copy, so that the caller may use the array again at once.
 * @throws DcganError ERR_SHAPE for anything but whole 28×28 images, ERR_VALUE for numbers that are none of an image.
 */
export function imagesOf(input: ImageInput, count: number | null = null): Float32Array {
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
  const wanted = count === null ? null : count * imagePixels;
  if (
    input.length === 0 ||
    input.length % imagePixels !== 0 ||
    (wanted !== null && input.length !== wanted)
  ) {
    const expected =
      count === null ? `a multiple of ${imagePixels}` : `[${imageShape(count).join(', ')}] = ${wanted}`;
    throw new DcganError('ERR_SHAPE', `The images hold ${input.length} numbers; expected ${expected}.`, {
      value: input.length,
    });
  }
  if (kind === '[object Float32Array]') return checkedImages((input as Float32Array).slice());
  return Float32Array.from(input, (pixel) => (pixel - 127.5) / 127.5);
}

function checkedImages(images: Float32Array): Float32Array {
  let smallest = Infinity;
  let largest = -Infinity;
  // Not entries(), which takes 25 times as long.
  for (let i = 0; i < images.length; i++) {
    const number = images[i]!;
    if (Number.isNaN(number))
      throw notImages(`there is a NaN in image ${Math.floor(i / imagePixels)}`, number);
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

/** A copy of latent vectors [n, latentSize]. @throws DcganError ERR_SHAPE, ERR_VALUE where one is not finite. */
export function noiseOf(noise: Float32Array, count: number, latentSize: number): Float32Array {
  const right = isFloats(noise);
  if (!right || noise.length !== count * latentSize) {
    const found = right ? `${noise.length} numbers` : describe(noise);
    throw new DcganError(
      'ERR_SHAPE',
      `noise must be a Float32Array of [${count}, ${latentSize}] = ${count * latentSize} numbers, not ${found}.`,
      { value: right ? noise.length : noise },
    );
  }
  const copy = noise.slice();
  const at = copy.findIndex((number) => !Number.isFinite(number));
  if (at < 0) return copy;
  const said = `noise must be finite, and vector ${Math.floor(at / latentSize)} holds ${copy[at]}. Give normally distributed numbers.`;
  throw new DcganError('ERR_VALUE', said, { value: copy[at] });
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
