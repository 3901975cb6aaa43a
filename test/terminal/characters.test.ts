import type { Picture } from '../../lib/image/grid.js';
import { braille } from '../../lib/terminal/braille.js';
import { halfBlocks } from '../../lib/terminal/half_blocks.js';

const colour = (width: number, height: number, ...pixels: number[][]): Picture => ({
  pixels: Uint8Array.from(pixels.flat()),
  width,
  height,
  channels: 3,
});
const grey = (width: number, height: number, ...levels: number[]): Picture => ({
  pixels: Uint8Array.from(levels),
  width,
  height,
  channels: 1,
});
const [red, green, blue] = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
];

describe('half blocks', () => {
  test('are two pixels each, the upper one before the lower one', () => {
    expect(halfBlocks(colour(2, 2, red!, green!, blue!, red!), 'true')).toBe(
      '\x1b[38;2;255;0;0;48;2;0;0;255m▀\x1b[38;2;0;255;0;48;2;255;0;0m▀\x1b[0m',
    );
  });

  test('name a colour only where it is another than before, and none in front of a plain one', () => {
    expect(halfBlocks(grey(4, 2, 7, 7, 9, 9, 7, 9, 9, 5), 'true')).toBe(
      '\x1b[48;2;7;7;7m \x1b[38;2;7;7;7;48;2;9;9;9m▀ \x1b[38;2;9;9;9;48;2;5;5;5m▀\x1b[0m',
    );
  });

  test('of a last row without a partner leave what is behind it alone', () => {
    expect(halfBlocks(grey(1, 3, 0, 255, 128), 'true').split('\n')).toEqual([
      '\x1b[38;2;0;0;0;48;2;255;255;255m▀\x1b[0m',
      '\x1b[38;2;128;128;128m▀\x1b[0m',
    ]);
  });

  test('of 256 colours have their numbers', () => {
    expect(halfBlocks(colour(1, 2, red!, [128, 128, 128]), '256')).toBe('\x1b[38;5;196;48;5;244m▀\x1b[0m');
  });
});

describe('letters of Braille', () => {
  test('have a dot for each bright pixel', () => {
    const rows = [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 0];
    expect(braille(grey(3, 4, ...rows))).toBe('⣑⠄');
  });

  test('stop where the picture does', () => {
    expect(braille(grey(1, 5, 255, 255, 255, 255, 255))).toBe('⡇\n⠁');
  });

  test('have more dots where it is brighter', () => {
    const dotsOf = (level: number): number => {
      const text = braille(grey(40, 40, ...new Array<number>(1600).fill(level)));
      const bits = [...text.replaceAll('\n', '')].map((letter) => (letter.codePointAt(0)! & 255).toString(2));
      return bits.join('').replaceAll('0', '').length;
    };
    for (const level of [0, 64, 128, 255]) expect(dotsOf(level) / 1600).toBeCloseTo(level / 255, 1);
  });

  test('see colours as bright as the eye does', () => {
    expect(braille(colour(1, 1, green!))).toBe('⠁');
    expect(braille(colour(1, 1, blue!))).toBe('⠀');
  });
});
