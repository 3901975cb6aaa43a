import { encodeAnimatedWebp } from './animated_webp.js';
import { encodeApng } from './apng.js';
import type { Film } from './film.js';
import { encodeGif } from './gif.js';
import { encodeMp4 } from './mp4.js';
import { encodeWebm } from './webm.js';

export const filmFormats = ['webp', 'gif', 'apng', 'webm', 'mp4'] as const;

/** What a film can be written as. */
export type FilmFormat = (typeof filmFormats)[number];

const encoders: Readonly<Record<FilmFormat, (film: Film) => Promise<Buffer>>> = {
  webp: encodeAnimatedWebp,
  gif: encodeGif,
  apng: encodeApng,
  webm: encodeWebm,
  mp4: encodeMp4,
};

/**
 * Writes a film as a file of a format. Pictures alone go round without end; videos do not.
 * @throws DcganError ERR_SHAPE when it is too large for the format, ERR_SETUP when what the format needs is missing; what
 * its pictures throw.
 */
export async function encodeFilmAs(format: FilmFormat, film: Film): Promise<Buffer> {
  return encoders[format](film);
}
