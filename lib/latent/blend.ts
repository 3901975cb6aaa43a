import type { ImageShape } from '../network/arrays.js';

/** How what was drawn is put into the place of what is missing. */
export type Blend = 'poisson' | 'soft' | 'none';

/** Rows and columns around a pixel that `soft` looks at, and how wide its bell is, in pixels. */
const [reach, width] = [3, 1.5];
/** Of the residual, beside the right side: less than float32 tells. */
const tolerance = 1e-9;

/**
 * An image [S, S, C] whose missing pixels are those of another one; the others stay as they are, bit for bit.
 *
 * `poisson` keeps the gradients of what was drawn and meets the border of what is known (Pérez et al. 2003): the difference at the
 * border goes on into the hole so that its Laplacian is zero there. `soft` lets it fade within three pixels. `none` keeps it out.
 * @param missing [S, S], 1 where a pixel is
 */
export function blended(
  how: Blend,
  original: Float32Array,
  drawn: Float32Array,
  missing: Uint8Array,
  { imageSize, channels }: ImageShape,
): Float32Array {
  const image = original.slice();
  const holes = holesOf(missing);
  for (let channel = 0; channel < channels; channel++) {
    const at = (pixel: number) => pixel * channels + channel;
    const apart = Float64Array.from(missing, (_, pixel) => original[at(pixel)]! - drawn[at(pixel)]!);
    const more = corrections[how](apart, missing, imageSize);
    for (const [i, pixel] of holes.entries()) {
      image[at(pixel)] = Math.max(-1, Math.min(1, drawn[at(pixel)]! + more[i]!));
    }
  }
  return image;
}

/** An image whose missing pixels lead smoothly from what is known on one side to the other. */
export function filledSmoothly(original: Float32Array, missing: Uint8Array, shape: ImageShape): Float32Array {
  return blended('poisson', original, new Float32Array(original.length), missing, shape);
}

/** What is added to each missing pixel, in their order, when known ones are `apart` from what was drawn. */
type Correction = (apart: Float64Array, missing: Uint8Array, size: number) => Float64Array;

const corrections: Readonly<Record<Blend, Correction>> = {
  poisson: harmonic,
  soft: fading,
  none: (_, missing) => new Float64Array(holesOf(missing).length),
};

function holesOf(missing: Uint8Array): number[] {
  return Array.from(missing.keys()).filter((pixel) => missing[pixel] === 1);
}

/** Values of missing pixels that are the mean of their neighbours', by conjugate gradients. */
function harmonic(known: Float64Array, missing: Uint8Array, size: number): Float64Array {
  const holes = holesOf(missing);
  const place = new Map(holes.map((pixel, i) => [pixel, i]));
  const around = holes.map((pixel) => neighbours(pixel, size));
  const unknown = around.map((pixels) => pixels.flatMap((pixel) => place.get(pixel) ?? []));
  const right = Float64Array.from(around, (pixels) =>
    pixels.reduce((sum, pixel) => sum + (missing[pixel] === 1 ? 0 : known[pixel]!), 0),
  );
  const laplacian = (values: Float64Array) =>
    values.map((value, i) =>
      unknown[i]!.reduce((sum, other) => sum - values[other]!, around[i]!.length * value),
    );
  return conjugateGradients(laplacian, right);
}

/** Solves A x = b of a symmetric positive definite A (Hestenes and Stiefel 1952). */
function conjugateGradients(apply: (x: Float64Array) => Float64Array, b: Float64Array): Float64Array {
  const x = new Float64Array(b.length);
  const residual = b.slice();
  const direction = b.slice();
  let square = dot(residual, residual);
  const enough = tolerance ** 2 * square;
  while (square > enough) {
    const applied = apply(direction);
    const step = square / dot(direction, applied);
    for (let i = 0; i < x.length; i++) {
      x[i]! += step * direction[i]!;
      residual[i]! -= step * applied[i]!;
    }
    const before = square;
    square = dot(residual, residual);
    for (let i = 0; i < x.length; i++) direction[i] = residual[i]! + (square / before) * direction[i]!;
  }
  return x;
}

/** The differences at known pixels, seen through a bell that takes missing ones for zero. */
function fading(apart: Float64Array, missing: Uint8Array, size: number): Float64Array {
  return Float64Array.from(holesOf(missing), (pixel) => {
    const [row, column] = [Math.floor(pixel / size), pixel % size];
    let [sum, weights] = [0, 0];
    for (let y = Math.max(0, row - reach); y <= Math.min(size - 1, row + reach); y++) {
      for (let x = Math.max(0, column - reach); x <= Math.min(size - 1, column + reach); x++) {
        const weight = Math.exp(-((y - row) ** 2 + (x - column) ** 2) / (2 * width ** 2));
        weights += weight;
        if (missing[y * size + x] === 0) sum += weight * apart[y * size + x]!;
      }
    }
    return sum / weights;
  });
}

/** The pixels above, below and beside one, within the image. */
function neighbours(pixel: number, size: number): number[] {
  const [row, column] = [Math.floor(pixel / size), pixel % size];
  return [
    ...(row > 0 ? [pixel - size] : []),
    ...(row < size - 1 ? [pixel + size] : []),
    ...(column > 0 ? [pixel - 1] : []),
    ...(column < size - 1 ? [pixel + 1] : []),
  ];
}

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
