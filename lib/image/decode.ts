import { readFile } from 'node:fs/promises';
import { DcganError } from '../errors.js';
import { isMissing } from '../files/missing.js';
import type { Picture } from './grid.js';
import { loadSharp } from './png.js';

/** Larger pictures are refused before they are decoded: a small file can stand for terabytes of pixels. */
const mostPixels = 100_000_000;

/**
 * Reads a picture: PNG, JPEG, WebP, whatever sharp knows. What is transparent becomes black, and of a film the first frame is taken.
 * @throws DcganError ERR_DATA_NOT_FOUND when there is no such file, ERR_DATA_FORMAT when it cannot be read as a picture, ERR_SETUP
 * when the decoder cannot be loaded.
 */
export async function readPicture(path: string): Promise<Picture> {
  const decoder = loadSharp();
  try {
    const file = decoder(await readFile(path), { limitInputPixels: mostPixels });
    const { space } = await file.metadata();
    const { data, info } = await file
      .autoOrient()
      .flatten()
      .toColourspace(space === 'b-w' || space === 'grey16' ? 'b-w' : 'srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const { width, height, channels } = info;
    if (channels !== 1 && channels !== 3) throw new Error(`it has ${channels} channels`);
    return { pixels: data, width, height, channels };
  } catch (cause) {
    throw unreadable(path, cause as Error);
  }
}

function unreadable(path: string, cause: Error): DcganError {
  if (isMissing(cause)) {
    const said = `${path} is not there. Name a picture that is.`;
    return new DcganError('ERR_DATA_NOT_FOUND', said, { value: path, cause });
  }
  const why = cause.message.split('\n', 1)[0];
  const said = `${path} cannot be read as a picture (${why}). Name a PNG, JPEG or WebP file.`;
  return new DcganError('ERR_DATA_FORMAT', said, { value: path, cause });
}
