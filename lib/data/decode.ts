import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { loadSharp } from '../image/png.js';
import type { ResolvedPictureOptions } from './picture_options.js';
import type { PixelRows } from './pixel_rows.js';

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

/** What became of some pictures. */
export interface Decoded {
  /** The numbers of those that could be read, in their order. */
  readonly read: readonly number[];
  readonly unreadable: readonly Unreadable[];
}

/**
 * Decodes pictures and makes them images of one size, several at once.
 * @param paths of the pictures, below `folder`
 * @param rows take the images, [imageSize, imageSize, channels] each
 * @param onProgress is told how many are done
 * @throws what `rows` throws
 */
export async function decodePictures(
  folder: string,
  paths: readonly string[],
  shape: PictureShape,
  options: ResolvedPictureOptions,
  rows: PixelRows,
  onProgress: (done: number) => void,
): Promise<Decoded> {
  // Once, and not where what fails is the picture's fault.
  const sharp = loadSharp();
  const unreadable: (Unreadable | undefined)[] = [];
  let next = 0;
  let done = 0;
  const work = async () => {
    for (let i = next++; i < paths.length; i = next++) {
      const path = paths[i]!;
      const decoded = await decode(sharp, join(folder, path), shape, options).catch((error: unknown) => {
        unreadable[i] = { path, reason: reasonOf(error) };
      });
      if (decoded) await rows.set(i, decoded);
      onProgress(++done);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return {
    read: paths.flatMap((_, i) => (unreadable[i] ? [] : [i])),
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
