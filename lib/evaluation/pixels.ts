import { open } from 'node:fs/promises';
import type { LoadedImages } from '../data/source.js';
import { DcganError } from '../errors.js';
import { imageNumbers } from '../network/layers.js';

/**
 * `wanted` of `count` things, by number, without repetition: always the same ones. Not evenly spread, as data may have an order:
 * MNIST's training images come in turn from two groups of writers.
 */
export function chosen(count: number, wanted: number): number[] {
  const numbers = Array.from({ length: count }, (_, i) => i);
  let state = 0x9e3779b9;
  // Fisher and Yates, with the xorshift generator of Marsaglia 2003.
  for (let i = 0; i < wanted; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const other = i + Math.floor(((state >>> 0) / 2 ** 32) * (count - i));
    [numbers[i], numbers[other]] = [numbers[other]!, numbers[i]!];
  }
  return numbers.slice(0, wanted);
}

/** The pixels of some images, by number, one after the other. @throws DcganError ERR_DATA_NOT_FOUND, ERR_DATA_FORMAT. */
export async function pixelsOf(images: LoadedImages, numbers: readonly number[]): Promise<Uint8Array> {
  const size = imageNumbers(images);
  const taken = new Uint8Array(numbers.length * size);
  if (!images.inFile) {
    for (const [i, number] of numbers.entries()) {
      taken.set(images.pixels.subarray(number * size, (number + 1) * size), i * size);
    }
    return taken;
  }
  const { path, offset } = images.inFile;
  const file = await open(path, 'r').catch((cause: Error) => {
    throw new DcganError('ERR_DATA_NOT_FOUND', `${path} cannot be read any more: ${cause.message}.`, {
      value: path,
      cause,
    });
  });
  try {
    for (const [i, number] of numbers.entries()) {
      const { bytesRead } = await file.read(taken, i * size, size, offset + number * size);
      if (bytesRead === size) continue;
      const said = `${path} has become shorter since it was looked at. Give it back.`;
      throw new DcganError('ERR_DATA_FORMAT', said, { value: path });
    }
    return taken;
  } finally {
    await file.close();
  }
}
