import sharp = require('sharp');

import { encodeFilm } from '../../lib/image/film.js';
import type { ImageBatch } from '../../lib/network/arrays.js';

/** Two images of 16×16, of one level in each of their frames. */
function clips(levels: readonly (readonly number[])[]): ImageBatch {
  const frames = levels[0]!.length;
  const data = Float32Array.from(
    { length: levels.length * 256 * frames },
    (_, i) => levels[Math.floor(i / 256 / frames)]![i % frames]!,
  );
  return { data, shape: [levels.length, 16, 16, frames] };
}

test('a film has a grid for each channel, in their order, and goes round', async () => {
  const film = await encodeFilm(
    clips([
      [-1, 0, 1, 1],
      [1, -1, 0, -1],
    ]),
    { gap: 0 },
  );
  const animated = sharp(film, { animated: true });
  expect(await animated.metadata()).toMatchObject({
    format: 'webp',
    width: 32,
    pages: 4,
    pageHeight: 16,
    loop: 0,
    delay: [100, 100, 100, 100],
  });
  const { data, info } = await animated.extractChannel(0).raw().toBuffer({ resolveWithObject: true });
  const at = (frame: number, column: number) => data[(frame * 16 + 8) * info.width + column];
  expect([0, 1, 2, 3].map((frame) => [at(frame, 8), at(frame, 24)])).toEqual([
    [0, 255],
    [128, 0],
    [255, 128],
    [255, 0],
  ]);
});

test.each([[[0]], [[0, 0, 0]]])('images of the channels %j are pictures and no film', async (levels) => {
  await expect(encodeFilm(clips([levels]))).rejects.toMatchObject({
    code: 'ERR_SHAPE',
    message: expect.stringContaining('Write them as PNG'),
  });
});
