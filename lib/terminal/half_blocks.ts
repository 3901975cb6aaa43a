import type { Picture } from '../image/grid.js';
import { type Colour, type Colours, nearestOf256 } from './colours.js';

const reset = '\x1b[0m';
/** In place of a colour: what the terminal has behind letters. */
const background = '49';

/**
 * A picture as characters, each of which is two pixels: the upper half in the colour of letters, the lower one in that behind
 * them. As many columns as the picture has, and half as many lines.
 */
export function halfBlocks(picture: Picture, colours: Exclude<Colours, 'none'>): string {
  const { width, height } = picture;
  const codeAt = (x: number, y: number): string => {
    const colour = colourAt(picture, x, y);
    return colours === 'true' ? `2;${colour.join(';')}` : `5;${nearestOf256(colour)}`;
  };
  const lines = Array.from({ length: Math.ceil(height / 2) }, (_, row) => {
    const line = new ColouredLine();
    for (let x = 0; x < width; x++) {
      const upper = codeAt(x, 2 * row);
      line.add(upper, 2 * row + 1 < height ? codeAt(x, 2 * row + 1) : null);
    }
    return line.text + reset;
  });
  return lines.join('\n');
}

function colourAt({ pixels, width, channels }: Picture, x: number, y: number): Colour {
  const at = (y * width + x) * channels;
  return channels === 1
    ? [pixels[at]!, pixels[at]!, pixels[at]!]
    : [pixels[at]!, pixels[at + 1]!, pixels[at + 2]!];
}

/** A line that names a colour only where it is another than before. */
class ColouredLine {
  text = '';
  #front = '';
  #behind = background;

  /** @param lower null where the picture has no such row any more */
  add(upper: string, lower: string | null): void {
    const behind = lower === null ? background : `48;${lower}`;
    // Of one colour: a space, since letters of some fonts do not quite touch.
    const isPlain = upper === lower;
    const front = isPlain ? this.#front : `38;${upper}`;
    const changed = [front === this.#front ? [] : [front], behind === this.#behind ? [] : [behind]].flat();
    if (changed.length > 0) this.text += `\x1b[${changed.join(';')}m`;
    this.text += isPlain ? ' ' : '▀';
    this.#front = front;
    this.#behind = behind;
  }
}
