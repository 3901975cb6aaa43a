import { filmImages, type ImageBatch, type ImageFilmOptions } from '../../lib/index.js';

import sharp = require('sharp');

/** Frames of two images of one level each, brighter from frame to frame. */
async function* frames(count: number): AsyncGenerator<ImageBatch> {
  for (let i = 0; i < count; i++) {
    yield { data: new Float32Array(2 * 28 * 28).fill(-1 + (2 * i) / count), shape: [2, 28, 28, 1] };
  }
}

test('a film has a picture for each frame, with the images of it beside each other', async () => {
  const film = await filmImages(frames(5), { count: 5, columns: 2, gap: 4, scale: 2, fps: 20 });
  const { pages, pageHeight, width, delay, loop } = await sharp(film, { animated: true }).metadata();
  expect([pages, pageHeight, width, delay, loop]).toEqual([5, 56, 2 * 56 + 4, new Array(5).fill(50), 0]);
});

test.each(['gif', 'apng', 'webm'] as const)('is made as %s', async (format) => {
  expect((await filmImages(frames(3), { count: 3, format })).length).toBeGreaterThan(100);
});

test('the same frames make the same bytes', async () => {
  const [once, again] = [
    await filmImages(frames(4), { count: 4 }),
    await filmImages(frames(4), { count: 4 }),
  ];
  expect(again).toEqual(once);
});

test.each([
  ['fewer frames than there should be', { count: 6 }, 'ERR_SHAPE'],
  ['more frames than there should be', { count: 4 }, 'ERR_SHAPE'],
  ['no frames', { count: 0 }, 'ERR_OPTION'],
  ['a million frames', { count: 1_000_000, format: 'gif' }, 'ERR_OPTION'],
  ['another format', { count: 5, format: 'avi' as never }, 'ERR_OPTION'],
  ['a rate of nothing', { count: 5, fps: 0 }, 'ERR_OPTION'],
] as const)('refuses %s', async (_, options: ImageFilmOptions, code) => {
  await expect(filmImages(frames(5), options)).rejects.toMatchObject({ code });
});

test('ends what draws the frames when it fails', async () => {
  let isEnded = false;
  async function* watched() {
    try {
      yield* frames(5);
    } finally {
      isEnded = true;
    }
  }
  await expect(filmImages(watched(), { count: 3 })).rejects.toMatchObject({ code: 'ERR_SHAPE' });
  expect(isEnded).toBe(true);
});
