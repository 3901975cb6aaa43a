import { greyLevels } from '../image/grey.js';
import type { Picture } from '../image/grid.js';

/** The letter without dots. */
const firstLetter = 0x2800;
/** What each dot of a letter adds to it, row by row: https://www.unicode.org/charts/PDF/U2800.pdf */
const dots = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;

/**
 * A picture as letters of Braille without any colour: a dot where it is bright, more of them the brighter it is. A letter is
 * two pixels wide and four high.
 */
export function braille(picture: Picture): string {
  const { width, height } = picture;
  const bright = dithered(picture);
  const lines = Array.from({ length: Math.ceil(height / 4) }, (_, row) => {
    const letters = Array.from({ length: Math.ceil(width / 2) }, (_, column) => {
      let letter = firstLetter;
      for (const [y, [left, right]] of dots.entries()) {
        if (4 * row + y >= height) break;
        const at = (4 * row + y) * width + 2 * column;
        if (bright[at]) letter += left;
        if (2 * column + 1 < width && bright[at + 1]) letter += right;
      }
      return String.fromCodePoint(letter);
    });
    return letters.join('');
  });
  return lines.join('\n');
}

/** 1 for a bright pixel, 0 for a dark one: what each is wrong by is made good by its neighbours (Floyd and Steinberg). */
function dithered(picture: Picture): Uint8Array {
  const { width, height } = picture;
  const levels = Float32Array.from(greyLevels(picture));
  const bright = new Uint8Array(width * height);
  const pass = (x: number, y: number, error: number) => {
    if (x >= 0 && x < width && y < height) levels[y * width + x]! += error;
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      bright[at] = levels[at]! < 128 ? 0 : 1;
      const error = (levels[at]! - 255 * bright[at]!) / 16;
      pass(x + 1, y, 7 * error);
      pass(x - 1, y + 1, 3 * error);
      pass(x, y + 1, 5 * error);
      pass(x + 1, y + 1, error);
    }
  }
  return bright;
}
