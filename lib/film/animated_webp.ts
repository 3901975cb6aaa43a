import { delays, type Film } from './film.js';
import { stripOf } from './strip.js';

/** Pixels of a side. */
const most = 16383;

/** An animated WebP, without loss. @throws DcganError ERR_SHAPE when it is too large; ERR_SETUP without the encoder. */
export async function encodeAnimatedWebp(film: Film): Promise<Buffer> {
  const strip = await stripOf(film, most);
  return strip.webp({ lossless: true, loop: 0, delay: delays(film.seconds, 1 / 1000) }).toBuffer();
}
