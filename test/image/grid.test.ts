import { type TileOptions, tile } from '../../lib/image/grid.js';

/** `count` images, each of one grey level. */
function plain(levels: readonly number[]): Float32Array {
  return Float32Array.from({ length: levels.length * 784 }, (_, i) => levels[Math.floor(i / 784)]!);
}

const corners = (columns: number, gap: number, scale = 1) => {
  const { pixels, width, height } = tile(plain([-1, 0, 1]), 3, { columns, gap, scale });
  const pitch = 28 * scale + gap;
  const at = (column: number, row: number) => pixels[row * pitch * width + column * pitch];
  return { width, height, at };
};

describe('tile', () => {
  test('turns [-1, 1] into the grey levels that it was made from', () => {
    const levels = Float32Array.from({ length: 784 }, (_, i) => ((i % 256) - 127.5) / 127.5);
    const { pixels, width, height } = tile(levels, 1);
    expect([width, height]).toEqual([28, 28]);
    expect([...pixels]).toEqual(Array.from({ length: 784 }, (_, i) => i % 256));
  });

  test('lays images out row by row with black gaps', () => {
    const { width, height, at } = corners(2, 3);
    expect([width, height]).toEqual([59, 59]);
    expect([at(0, 0), at(1, 0), at(0, 1), at(1, 1)]).toEqual([0, 128, 255, 0]);
    const white = tile(plain([1, 1]), 2, { columns: 2, gap: 3 });
    expect([...white.pixels.subarray(27, 32)]).toEqual([255, 0, 0, 0, 255]);
  });

  test('makes a grid that is about square by default', () => {
    expect(tile(plain(Array(16).fill(0)), 16, { gap: 0 })).toMatchObject({ width: 112, height: 112 });
    expect(tile(plain(Array(5).fill(0)), 5, { gap: 0 })).toMatchObject({ width: 84, height: 56 });
  });

  test('needs no more columns than images', () => {
    expect(tile(plain([0, 0]), 2, { columns: 10, gap: 0 })).toMatchObject({ width: 56, height: 28 });
  });

  test('repeats every value when scaled', () => {
    const image = Float32Array.from({ length: 784 }, (_, i) => (i === 29 ? 1 : -1));
    const { pixels, width } = tile(image, 1, { scale: 3 });
    const lit = [...pixels].flatMap((level, i) => (level ? [[i % width, Math.floor(i / width)]] : []));
    expect(lit).toEqual([3, 4, 5].flatMap((y) => [3, 4, 5].map((x) => [x, y])));
  });

  test('makes black or white of values that are out of range', () => {
    const image = plain([0]);
    image.set([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1.5, -7]);
    expect([...tile(image, 1).pixels.subarray(0, 5)]).toEqual([0, 255, 0, 255, 0]);
  });

  test.each([[0], [-1], [1.5], [Number.NaN], [3]])('refuses %s images of two', (count) => {
    expect(() => tile(plain([0, 0]), count)).toThrow(expect.objectContaining({ code: 'ERR_SHAPE' }));
  });

  const bad: TileOptions[] = [
    { columns: 0 },
    { columns: 1.5 },
    { gap: -1 },
    { scale: 0 },
    { scale: Number.NaN },
    { scale: 1000 },
  ];
  test.each(bad)('refuses %j', (options) => {
    expect(() => tile(plain([0]), 1, options)).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }));
  });
});
