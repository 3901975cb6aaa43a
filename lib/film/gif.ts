import { delays, type Film } from './film.js';
import { stripOf } from './strip.js';

/** Pixels of a side. */
const most = 65535;
/** Of 10: more costs four times as long, for a file that is a tenth smaller. */
const effort = 4;
/** Seconds in which GIF counts. */
const unit = 1 / 100;

/** A GIF, of 256 colours. @throws DcganError ERR_SHAPE when it is too large; ERR_SETUP without the encoder. */
export async function encodeGif(film: Film): Promise<Buffer> {
  const strip = await stripOf(film, most);
  // sharp takes milliseconds.
  const delay = delays(film.seconds, unit).map((hundredths) => 10 * hundredths);
  // Greys have a palette with a place for each.
  return strip.gif({ loop: 0, delay, effort, dither: film.channels === 1 ? 0 : 1 }).toBuffer();
}
