import { DcganError } from '../errors.js';
import { loadSharp } from '../image/png.js';
import { checkSides, type Film } from './film.js';

/** What the strip of a whole film may take: a gigabyte. */
const mostBytes = 2 ** 30;

/**
 * The pictures of a film below each other, which is how sharp takes all of them at once.
 * @param most pixels of a side that the format has room for
 * @throws DcganError ERR_SHAPE when the film is too large for the format, or for the memory; what its pictures throw.
 */
export async function stripOf(film: Film, most: number) {
  checkSides(film, most);
  const { width, height, channels, seconds, pictures } = film;
  const bytes = width * height * channels;
  if (bytes * seconds.length > mostBytes) {
    const said = `${seconds.length} pictures of ${width}×${height} pixels are too many for this format, which needs all of them in memory at once: ${Math.floor(mostBytes / bytes)} fit. Take a smaller scale, or WebM, MP4 or APNG, which take them one by one.`;
    throw new DcganError('ERR_SHAPE', said, { value: seconds.length });
  }
  const strip = Buffer.alloc(bytes * seconds.length);
  let end = 0;
  for await (const { pixels } of pictures) {
    strip.set(pixels, end);
    end += bytes;
  }
  const raw = { width, height: height * seconds.length, channels, pageHeight: height };
  // Of a strip this limit, which is on what a small file may stand for, says nothing.
  return loadSharp()(strip, { raw, limitInputPixels: false });
}
