import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { attributes, element, escaped } from './svg.js';

/** Inter's Latin letters, in their upright regular style. */
const fontFile = join(__dirname, '..', '..', 'lib', 'plot', 'inter-latin-400.woff');

/** The little of opentype.js that is used; the types that others wrote for all of it bring a browser's whole DOM. */
interface Glyph {
  readonly advanceWidth: number;
  getPath(x: number, y: number, size: number): { toPathData(options: object): string };
}

interface Font {
  readonly unitsPerEm: number;
  hasChar(character: string): boolean;
  charToGlyph(character: string): Glyph;
}

/** Where a label stands. */
interface Place {
  readonly x: number;
  /** Of the line on which its letters stand. */
  readonly y: number;
  readonly size?: number;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly fill?: string;
}

/** The usual size, in pixels. */
const usual = 12;

/**
 * Labels as outlines, so that they are the same everywhere, also where no fonts are installed, as in most containers. What
 * the font has no letters for is left to the fonts of whoever looks.
 */
export class Lettering {
  /** Of each letter that was used, by its id. */
  readonly #outlines = new Map<string, string>();

  private constructor(private readonly font: Font) {}

  static async load(): Promise<Lettering> {
    const { parse } = require('opentype.js') as { parse(file: ArrayBuffer): Font };
    const { buffer, byteOffset, length } = await readFile(fontFile);
    return new Lettering(parse(buffer.slice(byteOffset, byteOffset + length) as ArrayBuffer));
  }

  width(text: string, size = usual): number {
    return [...text].reduce((sum, character) => sum + this.#advance(character, size), 0);
  }

  /** A text, or where it is wider than it may be, as much of both its ends as fits. */
  fitted(text: string, width: number): string {
    if (this.width(text) <= width) return text;
    const characters = [...text];
    for (let kept = Math.floor(characters.length / 2); kept > 0; kept--) {
      const shorter = `${characters.slice(0, kept).join('')}…${characters.slice(-kept).join('')}`;
      if (this.width(shorter) <= width) return shorter;
    }
    return '…';
  }

  label(text: string, { x, y, size = usual, anchor = 'start', fill = '#374151' }: Place): string {
    const shares = { start: 0, middle: 0.5, end: 1 };
    const left = x - shares[anchor] * this.width(text, size);
    if (![...text].every((character) => this.font.hasChar(character))) {
      const place = attributes({ x: left, y, 'font-size': size, 'font-family': 'sans-serif', fill });
      return `<text${place}>${escaped(text)}</text>`;
    }
    const scale = size / this.font.unitsPerEm;
    let advance = 0;
    const letters = [...text].map((character) => {
      const href = `#${this.#define(character)}`;
      const letter = element('use', { href, x: advance });
      advance += this.font.charToGlyph(character).advanceWidth;
      return letter;
    });
    const transform = `translate(${left.toFixed(2)},${y.toFixed(2)}) scale(${scale.toFixed(6)})`;
    return element('g', { 'aria-label': text, fill, transform }, letters);
  }

  /** What the labels so far are made of: belongs into the picture with them. */
  definitions(): string {
    return element('defs', {}, [...this.#outlines.values()]);
  }

  /**
   * Letter by letter and in the font's own units, as opentype.js cannot lay out whole texts by this font's rules, and now and
   * then makes no number of a fraction.
   */
  #define(character: string): string {
    const id = `inter-${character.codePointAt(0)!.toString(16)}`;
    if (!this.#outlines.has(id)) {
      const outline = this.font.charToGlyph(character).getPath(0, 0, this.font.unitsPerEm);
      const d = outline.toPathData({ decimalPlaces: 0, flipY: false });
      this.#outlines.set(id, element('path', { id, d }));
    }
    return id;
  }

  #advance(character: string, size: number): number {
    if (!this.font.hasChar(character)) return size;
    return (this.font.charToGlyph(character).advanceWidth / this.font.unitsPerEm) * size;
  }
}
