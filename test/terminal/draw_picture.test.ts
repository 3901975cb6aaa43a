import { stripVTControlCharacters } from 'node:util';
import { decode, FINALIZER, introducer } from 'sixel';
import type { Picture } from '../../lib/image/grid.js';
import { encodePng, loadSharp } from '../../lib/image/png.js';
import { drawPicture } from '../../lib/terminal/draw_picture.js';
import { iterm2Picture } from '../../lib/terminal/iterm2.js';
import { kittyPicture } from '../../lib/terminal/kitty.js';
import { sixelPicture } from '../../lib/terminal/sixel.js';

const unbounded = Number.POSITIVE_INFINITY;
const trueColour = { TERM: 'xterm', COLORTERM: 'truecolor' };

/** Of the same numbers each time, and without a pattern. */
function noise(width: number, height: number, channels: 1 | 3): Picture {
  let state = 1;
  const pixels = Uint8Array.from({ length: width * height * channels }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state >>> 24;
  });
  return { pixels, width, height, channels };
}

/** The lines without what colours them. */
const linesOf = (text: string): string[] => stripVTControlCharacters(text).split('\n');

/** What a sequence of kitty's carries, and the settings of its first piece. */
function kittyContent(text: string): { readonly png: Buffer; readonly settings: string } {
  const sequences = text.split('\x1b\\');
  expect(sequences.pop()).toBe('');
  const pieces = sequences.map((sequence) => {
    expect(sequence.slice(0, 3)).toBe('\x1b_G');
    const [control, base64] = sequence.slice(3).split(';');
    return { control: control!, base64: base64! };
  });
  expect(pieces.map(({ control }) => control.at(-1)).join('')).toMatch(/^1*0$/);
  expect(Math.max(...pieces.map(({ base64 }) => base64.length))).toBeLessThanOrEqual(4096);
  const png = Buffer.from(pieces.map(({ base64 }) => base64).join(''), 'base64');
  return { png, settings: pieces[0]!.control };
}

describe('characters', () => {
  test.each([20, 60, 200])('of %d columns are never more, whatever the picture', async (columns) => {
    for (const [width, height] of [
      [1, 1],
      [28, 28],
      [230, 230],
      [1000, 3],
      [3, 500],
    ] as const) {
      for (const env of [trueColour, { TERM: 'vt100' }]) {
        const drawn = await drawPicture(noise(width, height, 3), 'blocks', { columns, rows: unbounded }, env);
        const lines = linesOf(drawn);
        expect(new Set(lines.map(({ length }) => length)).size).toBe(1);
        expect(lines[0]!.length).toBeLessThanOrEqual(columns);
        expect(lines[0]!.length).toBeGreaterThan(0);
      }
    }
  });

  test('keep the ratio of width to height, and are enlarged by a whole factor', async () => {
    const drawn = await drawPicture(noise(28, 14, 1), 'blocks', { columns: 79, rows: unbounded }, trueColour);
    const lines = linesOf(drawn);
    expect([lines[0]!.length, lines.length]).toEqual([56, 14]);
  });

  test('fit the rows as well, unless too little would be seen', async () => {
    const sizeIn = async (columns: number, rows: number): Promise<number[]> => {
      const lines = linesOf(await drawPicture(noise(230, 230, 1), 'blocks', { columns, rows }, trueColour));
      return [lines[0]!.length, lines.length];
    };
    expect(await sizeIn(199, 60)).toEqual([120, 60]);
    expect(await sizeIn(199, 23)).toEqual([80, 40]);
    expect(await sizeIn(60, 23)).toEqual([60, 30]);
  });
});

describe('the protocol of kitty', () => {
  test('carries the PNG in pieces of 4096 letters, of which all but the last say that there are more', async () => {
    const png = await encodePng(noise(100, 100, 3));
    const text = kittyPicture(png, 13);
    expect(text.split('\x1b_G').length).toBeGreaterThan(4);
    expect(kittyContent(text)).toEqual({ png, settings: 'a=T,f=100,q=2,c=13,m=1' });
  });

  test('of a small PNG is one piece', async () => {
    const png = await encodePng(noise(2, 2, 1));
    expect(kittyPicture(png, 1)).toBe(`\x1b_Ga=T,f=100,q=2,c=1,m=0;${png.toString('base64')}\x1b\\`);
  });

  test.each([20, 60, 200])('asks for at most %d columns', async (columns) => {
    for (const width of [28, 230, 4000]) {
      const text = await drawPicture(noise(width, 20, 1), 'kitty', { columns, rows: unbounded });
      const asked = Number(/,c=(\d+),/.exec(kittyContent(text).settings)![1]);
      expect(asked).toBeLessThanOrEqual(columns);
    }
  });

  test('carries a picture that was enlarged by a whole factor', async () => {
    const picture = noise(28, 28, 1);
    const text = await drawPicture(picture, 'kitty', { columns: 20, rows: unbounded });
    const { data, info } = await loadSharp()(kittyContent(text).png)
      .toColourspace('b-w')
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([140, 140]);
    const corners = picture.pixels.map((_, i) => data[Math.floor(i / 28) * 5 * 140 + (i % 28) * 5]!);
    expect(corners).toEqual(picture.pixels);
  });
});

test('the protocol of iTerm2 carries the PNG, its size and its columns', async () => {
  const png = await encodePng(noise(10, 10, 3));
  const said = `inline=1;size=${png.length};width=12;height=auto;preserveAspectRatio=1`;
  expect(iterm2Picture(png, 12)).toBe(`\x1b]1337;File=${said}:${png.toString('base64')}\x07`);
});

describe('sixels', () => {
  /** What a terminal would show, without how transparent it is. */
  function seen(text: string) {
    // The decoder takes what stands between the beginning and the end of the sequence.
    expect(text.slice(0, introducer().length)).toBe(introducer());
    expect(text.slice(-FINALIZER.length)).toBe(FINALIZER);
    const { width, height, data32 } = decode(text.slice(introducer().length, -FINALIZER.length));
    const rgba = new Uint8Array(data32.buffer, data32.byteOffset, data32.byteLength);
    return { width, height, colours: rgba.filter((_, i) => i % 4 < 3) };
  }

  test('decode to the greys that were there, as exactly as they can tell them', () => {
    const picture = noise(31, 17, 1);
    const { width, height, colours } = seen(sixelPicture(picture));
    expect([width, height]).toEqual([31, 17]);
    const wrong = colours.map((level, i) => Math.abs(level - picture.pixels[Math.floor(i / 3)]!));
    expect(Math.max(...wrong)).toBeLessThanOrEqual(2);
  });

  test('decode to the colours that were there, where these are few', () => {
    const pixels = Uint8Array.from({ length: 12 * 12 * 3 }, (_, i) => ((i * 5) % 7 === 0 ? 255 : 0));
    const { width, height, colours } = seen(sixelPicture({ pixels, width: 12, height: 12, channels: 3 }));
    expect([width, height]).toEqual([12, 12]);
    expect([...colours]).toEqual([...pixels]);
  });

  test('decode to about the colours that were there, where these are many', () => {
    const pixels = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => {
      const [x, y] = [Math.floor(i / 3) % 64, Math.floor(i / 192)];
      return [4 * x, 4 * y, 2 * (x + y)][i % 3]!;
    });
    const { width, height, colours } = seen(sixelPicture({ pixels, width: 64, height: 64, channels: 3 }));
    const wrong = colours.map((level, i) => Math.abs(level - pixels[i]!));
    expect([width, height]).toEqual([64, 64]);
    expect(wrong.reduce((sum, each) => sum + each) / wrong.length).toBeLessThan(12);
  });

  test.each([20, 60, 200])('in %d columns have no more pixels than small letters have', async (columns) => {
    for (const width of [28, 230, 4000]) {
      const text = await drawPicture(noise(width, 20, 1), 'sixel', { columns, rows: unbounded });
      expect(seen(text).width).toBeLessThanOrEqual(6 * columns);
    }
  });
});
