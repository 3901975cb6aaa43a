import { type TileOptions, tile } from '../../lib/image/grid.js';
import type { ImageBatch } from '../../lib/network/arrays.js';

/** Grey images of 28×28. */
const grey = (data: Float32Array): ImageBatch => ({ data, shape: [data.length / 784, 28, 28, 1] });

/** `count` images, each of one grey level. */
function plain(levels: readonly number[]): ImageBatch {
  return grey(Float32Array.from({ length: levels.length * 784 }, (_, i) => levels[Math.floor(i / 784)]!));
}

const corners = (columns: number, gap: number, scale = 1) => {
  const { pixels, width, height } = tile(plain([-1, 0, 1]), { columns, gap, scale });
  const pitch = 28 * scale + gap;
  const at = (column: number, row: number) => pixels[row * pitch * width + column * pitch];
  return { width, height, at };
};

describe('tile', () => {
  test('turns [-1, 1] into the grey levels that it was made from', () => {
    const levels = Float32Array.from({ length: 784 }, (_, i) => ((i % 256) - 127.5) / 127.5);
    const { pixels, width, height } = tile(grey(levels));
    expect([width, height]).toEqual([28, 28]);
    expect([...pixels]).toEqual(Array.from({ length: 784 }, (_, i) => i % 256));
  });

  test('lays images out row by row with black gaps', () => {
    const { width, height, at } = corners(2, 3);
    expect([width, height]).toEqual([59, 59]);
    expect([at(0, 0), at(1, 0), at(0, 1), at(1, 1)]).toEqual([0, 128, 255, 0]);
    const white = tile(plain([1, 1]), { columns: 2, gap: 3 });
    expect([...white.pixels.subarray(27, 32)]).toEqual([255, 0, 0, 0, 255]);
  });

  test('makes a grid that is about square by default', () => {
    expect(tile(plain(Array(16).fill(0)), { gap: 0 })).toMatchObject({ width: 112, height: 112 });
    expect(tile(plain(Array(5).fill(0)), { gap: 0 })).toMatchObject({ width: 84, height: 56 });
  });

  test('needs no more columns than images', () => {
    expect(tile(plain([0, 0]), { columns: 10, gap: 0 })).toMatchObject({ width: 56, height: 28 });
  });

  test('repeats every value when scaled', () => {
    const image = Float32Array.from({ length: 784 }, (_, i) => (i === 29 ? 1 : -1));
    const { pixels, width } = tile(grey(image), { scale: 3 });
    const lit = [...pixels].flatMap((level, i) => (level ? [[i % width, Math.floor(i / width)]] : []));
    expect(lit).toEqual([3, 4, 5].flatMap((y) => [3, 4, 5].map((x) => [x, y])));
  });

  test('makes black or white of values that are out of range', () => {
    const image = plain([0]);
    image.data.set([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1.5, -7]);
    expect([...tile(image).pixels.subarray(0, 5)]).toEqual([0, 255, 0, 255, 0]);
  });

  test('keeps the colours of images that have three channels', () => {
    const data = Float32Array.from({ length: 2 * 16 * 16 * 3 }, (_, i) => [1, 0, -1][i % 3]!);
    const { pixels, width, channels } = tile({ data, shape: [2, 16, 16, 3] }, { gap: 1 });
    expect([width, channels]).toEqual([33, 3]);
    expect([...pixels.subarray(15 * 3, 18 * 3)]).toEqual([255, 128, 0, 0, 0, 0, 255, 128, 0]);
  });

  test('draws images of other channels as strips, one grey image after the other', () => {
    const data = Float32Array.from({ length: 16 * 16 * 2 }, (_, i) => (i % 2 === 0 ? -1 : 1));
    const { pixels, width, height, channels } = tile({ data, shape: [1, 16, 16, 2] });
    expect([width, height, channels]).toEqual([32, 16, 1]);
    expect([...pixels.subarray(14, 18)]).toEqual([0, 0, 255, 255]);
  });

  test.each([[0], [-1], [1.5], [Number.NaN], [3]])('refuses %s images of two', (count) => {
    const { data } = plain([0, 0]);
    expect(() => tile({ data, shape: [count, 28, 28, 1] })).toThrow(
      expect.objectContaining({ code: 'ERR_SHAPE' }),
    );
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
    expect(() => tile(plain([0]), options)).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }));
  });
});
