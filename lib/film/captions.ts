import type { Picture } from '../image/grid.js';
import { loadSharp } from '../image/png.js';
import { Lettering } from '../plot/lettering.js';
import { element } from '../plot/svg.js';
import type { Film } from './film.js';

/** Words below a picture: on the left, and on the right where there is something. */
export type Caption = readonly [string, string];

const colours = { background: '#000000', letters: '#e5e7eb' };
/** Sizes of letters, in pixels: a share of the width between two limits, and smaller where that is too wide. */
const size = { share: 1 / 18, least: 12, most: 32 };

/**
 * A film with a strip of words below its pictures, which hides nothing of them.
 * @param captions as many as pictures
 * @throws DcganError ERR_SETUP when they cannot be drawn.
 */
export async function withCaptions(film: Film, captions: readonly Caption[]): Promise<Film> {
  const lettering = await Lettering.load();
  const letters = sizeFor(film.width, captions, lettering);
  const height = Math.ceil(1.9 * letters);
  async function* pictures(): AsyncGenerator<Picture> {
    let i = 0;
    for await (const { pixels, ...picture } of film.pictures) {
      const words = draw(captions[i++]!, lettering, letters, film.width, height);
      const strip = await pixelsOf(words, film.channels);
      yield { ...picture, pixels: Buffer.concat([pixels, strip]), height: film.height + height };
    }
  }
  return { ...film, height: film.height + height, pictures: pictures() };
}

/** One size for all of them, with half a letter at each end and two between the words. */
function sizeFor(width: number, captions: readonly Caption[], lettering: Lettering): number {
  const wanted = Math.min(size.most, Math.max(size.least, Math.round(width * size.share)));
  const widest = Math.max(...captions.map((words) => lettering.width(words.join(''), wanted) + 3 * wanted));
  return Math.min(wanted, (wanted * width) / widest);
}

function draw([left, right]: Caption, lettering: Lettering, letters: number, width: number, height: number) {
  // As high above the middle as below it, of capitals.
  const place = { y: height / 2 + 0.36 * letters, size: letters, fill: colours.letters };
  const labels = [
    lettering.label(left, { ...place, x: letters / 2 }),
    lettering.label(right, { ...place, x: width - letters / 2, anchor: 'end' }),
  ];
  const background = element('rect', { width, height, fill: colours.background });
  const content = [lettering.definitions(), background, ...labels];
  return element('svg', { xmlns: 'http://www.w3.org/2000/svg', width, height }, content);
}

async function pixelsOf(svg: string, channels: 1 | 3): Promise<Buffer> {
  return loadSharp()(Buffer.from(svg))
    .removeAlpha()
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .raw()
    .toBuffer();
}
