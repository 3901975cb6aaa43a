import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { loadSharp } from '../image/png.js';
import { imageNumbers } from '../network/layers.js';
import type { ResolvedPictureOptions } from './picture_options.js';

/** What pictures are made to. */
export interface PictureShape {
  readonly imageSize: number;
  readonly channels: 1 | 3;
}

/** Larger pictures are refused before they are decoded: a small file can stand for terabytes of pixels. */
const mostPixels = 100_000_000;
const mostBytes = 256 * 2 ** 20;

/** A picture that could not be read, and why. */
export interface Unreadable {
  readonly path: string;
  readonly reason: string;
}

/** Pictures as images of one size, of those that could be read. */
export interface Decoded {
  /** [count, imageSize, imageSize, channels]. */
  readonly pixels: Uint8Array;
  /** Those that they are of, in their order. */
  readonly paths: readonly string[];
  readonly unreadable: readonly Unreadable[];
}

/**
 * Decodes pictures and makes them images of one size, several at once.
 * @param paths of the pictures, below `folder`
 * @param onProgress is told how many are done
 */
export async function decodePictures(
  folder: string,
  paths: readonly string[],
  shape: PictureShape,
  options: ResolvedPictureOptions,
  onProgress: (done: number) => void,
): Promise<Decoded> {
  const size = imageNumbers(shape);
  // Once, and not where what fails is the picture's fault.
  const sharp = loadSharp();
  const pixels = new Uint8Array(paths.length * size);
  const unreadable: (Unreadable | undefined)[] = [];
  let next = 0;
  let done = 0;
  const work = async () => {
    for (let i = next++; i < paths.length; i = next++) {
      const path = paths[i]!;
      try {
        pixels.set(await decode(sharp, join(folder, path), shape, options), i * size);
      } catch (error) {
        unreadable[i] = { path, reason: reasonOf(error) };
      }
      onProgress(++done);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  const kept = paths.flatMap((_, i) => (unreadable[i] ? [] : [i]));
  // Moved together, in their order.
  for (const [to, from] of kept.entries()) {
    if (to !== from) pixels.copyWithin(to * size, from * size, (from + 1) * size);
  }
  return {
    pixels: pixels.slice(0, kept.length * size),
    paths: kept.map((i) => paths[i]!),
    unreadable: unreadable.filter((each) => each !== undefined),
  };
}

async function decode(
  sharp: ReturnType<typeof loadSharp>,
  path: string,
  { imageSize, channels }: PictureShape,
  { fit, background }: ResolvedPictureOptions,
): Promise<Buffer> {
  const { size } = await stat(path);
  if (size > mostBytes) throw new Error(`its ${size} bytes are more than ${mostBytes}`);
  return (
    sharp(path, { limitInputPixels: mostPixels, failOn: 'truncated' })
      // As its camera was held.
      .rotate()
      .resize(imageSize, imageSize, { fit, position: 'centre', background })
      .flatten({ background })
      .toColourspace(channels === 1 ? 'b-w' : 'srgb')
      .removeAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer()
  );
}

function reasonOf(error: unknown): string {
  const [line = ''] = String((error as Error).message).split('\n');
  return line.replace(/\.$/, '');
}
