import { crc32 } from 'node:zlib';
import { delays, ticks } from '../../lib/film/film.js';
import { encodeFilmAs } from '../../lib/film/formats.js';
import { coloured, filmOf, greys, plain } from './helpers.js';

import sharp = require('sharp');

/** The first pixel of each frame of an animated picture. */
async function firstPixels(bytes: Buffer): Promise<number[][]> {
  const { pages = 1 } = await sharp(bytes).metadata();
  const frames = Array.from({ length: pages }, async (_, page) => {
    const { data } = await sharp(bytes, { page }).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    return [...data.subarray(0, 3)];
  });
  return Promise.all(frames);
}

const chunksOf = (png: Buffer) => {
  const chunks: { readonly type: string; readonly data: Buffer }[] = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const typed = png.subarray(at + 4, at + 8 + length);
    expect(png.readUInt32BE(at + 8 + length)).toBe(crc32(typed));
    chunks.push({ type: typed.toString('latin1', 0, 4), data: typed.subarray(4) });
    at += 12 + length;
  }
  return chunks;
};

describe.each(['webp', 'gif'] as const)('an animated %s', (format) => {
  test('has each picture for as long as it lasts, and goes round', async () => {
    const film = await encodeFilmAs(format, greys());
    expect(await sharp(film, { animated: true }).metadata()).toMatchObject({
      format,
      width: 40,
      pageHeight: 30,
      pages: 3,
      loop: 0,
      delay: [100, 100, 1000],
    });
    for (const [i, [level]] of (await firstPixels(film)).entries()) {
      expect(Math.abs(level! - 100 * i)).toBeLessThanOrEqual(1);
    }
  });

  test('has colours', async () => {
    const film = await encodeFilmAs(format, coloured());
    expect(await firstPixels(film)).toEqual([
      [200, 40, 40],
      [40, 200, 40],
      [40, 40, 200],
    ]);
  });

  test('may be of one picture', async () => {
    const film = await encodeFilmAs(format, filmOf([plain(8, 8, 100)], [1]));
    expect(await sharp(film).metadata()).toMatchObject({ width: 8, height: 8 });
  });

  test('may be of many pictures', async () => {
    const level = (i: number) => plain(40, 30, i % 256);
    let taken = 0;
    async function* pictures() {
      for (; taken < 300; taken++) yield level(taken);
    }
    const film = { width: 40, height: 30, channels: 1, seconds: Array(300).fill(0.1) } as const;
    const { pages } = await sharp(await encodeFilmAs(format, { ...film, pictures: pictures() })).metadata();
    expect([pages, taken]).toEqual([300, 300]);
  });

  test('refuses pictures that are too wide for it', async () => {
    const wide = { ...filmOf([plain(1, 1, 0)], [1]), width: 65536 };
    await expect(encodeFilmAs(format, wide)).rejects.toMatchObject({ code: 'ERR_SHAPE' });
  });
});

describe('an animated PNG', () => {
  test('is a PNG of its first picture, and has a frame for each', async () => {
    const film = await encodeFilmAs('apng', greys());
    const chunks = chunksOf(film);
    expect(chunks.map(({ type }) => type)).toEqual([
      'IHDR',
      'acTL',
      'fcTL',
      'IDAT',
      'fcTL',
      'fdAT',
      'fcTL',
      'fdAT',
      'IEND',
    ]);
    const [, animation, ...frames] = chunks;
    expect([animation!.data.readUInt32BE(0), animation!.data.readUInt32BE(4)]).toEqual([3, 0]);
    const numbered = frames.filter(({ type }) => /^f[cd]/.test(type)).map(({ data }) => data.readUInt32BE(0));
    expect(numbered).toEqual([0, 1, 2, 3, 4]);
    const controls = frames.filter(({ type }) => type === 'fcTL').map(({ data }) => data);
    expect(controls.map((data) => data.readUInt16BE(20) / data.readUInt16BE(22))).toEqual([0.1, 0.1, 1]);
    expect(await sharp(film).metadata()).toMatchObject({ format: 'png', width: 40, height: 30 });
  });

  test('may show a picture for more than a minute', async () => {
    const film = await encodeFilmAs('apng', filmOf([plain(8, 8, 0), plain(8, 8, 9)], [0.1, 90]));
    const last = chunksOf(film).findLast(({ type }) => type === 'fcTL')!.data;
    expect(last.readUInt16BE(20) / last.readUInt16BE(22)).toBe(90);
  });
});

test('what pictures last does not add up to something else when it is rounded', () => {
  const thirds = Array<number>(30).fill(1 / 30);
  expect(ticks(thirds, 1 / 100).at(-1)).toBe(100);
  expect(delays(thirds, 1 / 100).slice(0, 6)).toEqual([3, 4, 3, 3, 4, 3]);
});
