import { DcganError } from '../errors.js';
import type { Picture } from '../image/grid.js';
import { drawNormal } from './philox.js';

/** A part of an image: its first column and row, how wide it is and how high, in pixels. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * The mask [S, S] of each of `count` images, 1 where a pixel is missing; copies.
 * @param mask [S, S] for all of them, or [count, S, S]
 * @throws DcganError ERR_MASK for another length, other values than 0 and 1, and a mask with nothing missing or everything.
 */
export function masksOf(mask: Uint8Array, count: number, imageSize: number): Uint8Array[] {
  const pixels = imageSize * imageSize;
  // Not instanceof: arrays of another realm (a vm context, a test runner's) are as good.
  const kind = Object.prototype.toString.call(mask).slice('[object '.length, -1);
  if (kind !== 'Uint8Array' || (mask.length !== pixels && mask.length !== count * pixels)) {
    const found = kind === 'Uint8Array' ? `${mask.length} numbers` : kind;
    const each = count === 1 ? '' : ` or one for each of ${count} images, ${count * pixels}`;
    throw wrong(
      `A mask is a Uint8Array of ${imageSize}×${imageSize} = ${pixels} numbers${each}, not ${found}.`,
      mask,
    );
  }
  const other = mask.find((value) => value > 1);
  if (other !== undefined) {
    throw wrong(`A mask holds 1 where a pixel is missing and 0 where it is known, and no ${other}.`, other);
  }
  const masks = Array.from({ length: mask.length / pixels }, (_, i) =>
    mask.slice(i * pixels, (i + 1) * pixels),
  );
  masks.forEach(refuseExtremes);
  return Array.from({ length: count }, (_, i) => masks[i % masks.length]!);
}

/** A mask of a box. @throws DcganError ERR_MASK where it is not within the image. */
export function boxMask({ x, y, width, height }: Box, imageSize: number): Uint8Array {
  const isWithin = [x, y, width, height].every(Number.isSafeInteger) && x >= 0 && y >= 0;
  if (!isWithin || width < 1 || height < 1 || x + width > imageSize || y + height > imageSize) {
    const said = `A box of ${width}×${height} pixels from column ${x} and row ${y} on is not within an image of ${imageSize}×${imageSize}.`;
    throw wrong(said, [x, y, width, height]);
  }
  const mask = new Uint8Array(imageSize * imageSize);
  for (let row = y; row < y + height; row++) {
    mask.fill(1, row * imageSize + x, row * imageSize + x + width);
  }
  return mask;
}

/** A mask in which this share of the pixels is missing, here and there as the seed decides. @throws DcganError ERR_MASK. */
export function noiseMask(share: number, imageSize: number, seed: number): Uint8Array {
  if (!(share > 0 && share < 1))
    throw wrong(`Of noise a share between 0 and 1 is missing, not ${share}.`, share);
  const pixels = imageSize * imageSize;
  const order = drawNormal(seed, 0, pixels);
  const missing = Array.from({ length: pixels }, (_, i) => i)
    .sort((a, b) => order[a]! - order[b]!)
    .slice(0, Math.round(share * pixels));
  const mask = new Uint8Array(pixels);
  for (const pixel of missing) mask[pixel] = 1;
  return mask;
}

/** The mask that a picture is: white is missing, black is known. @throws DcganError ERR_MASK for one of another size. */
export function pictureMask({ pixels, width, height, channels }: Picture, imageSize: number): Uint8Array {
  if (width !== imageSize || height !== imageSize) {
    const said = `A mask is as large as the images, ${imageSize}×${imageSize}, and this picture is ${width}×${height}.`;
    throw wrong(said, [width, height]);
  }
  return Uint8Array.from({ length: width * height }, (_, i) => (pixels[i * channels]! > 127 ? 1 : 0));
}

/** The mask that has missing what this one keeps. */
export const invertedMask = (mask: Uint8Array): Uint8Array => mask.map((value) => 1 - value);

function refuseExtremes(mask: Uint8Array): void {
  if (!mask.includes(1)) throw wrong('Nothing is missing in the mask: no pixel of it is 1.', 0);
  if (!mask.includes(0)) {
    throw wrong('Everything is missing in the mask: no pixel of it is 0. To draw an image, use generate.', 1);
  }
}

const wrong = (said: string, value: unknown): DcganError => new DcganError('ERR_MASK', said, { value });
