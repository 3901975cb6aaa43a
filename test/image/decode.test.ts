import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPicture } from '../../lib/image/decode.js';
import type { Picture } from '../../lib/image/grid.js';
import { encodePng, loadSharp } from '../../lib/image/png.js';

const directory = mkdtempSync(join(tmpdir(), 'dcgan-native-decode-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function written(name: string, content: Buffer | string): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

test.each([1, 3] as const)('a PNG of %d channels is read as it was written', async (channels) => {
  const pixels = Uint8Array.from({ length: 6 * channels }, (_, i) => 13 * i);
  const picture: Picture = { pixels, width: 3, height: 2, channels };
  const read = await readPicture(written('picture.png', await encodePng(picture)));
  expect({ ...read, pixels: Uint8Array.from(read.pixels) }).toEqual(picture);
});

test('what is transparent is black', async () => {
  const raw = { width: 2, height: 1, channels: 4 } as const;
  const png = await loadSharp()(Uint8Array.of(9, 8, 7, 255, 9, 8, 7, 0), { raw })
    .png()
    .toBuffer();
  expect([...(await readPicture(written('transparent.png', png))).pixels]).toEqual([9, 8, 7, 0, 0, 0]);
});

test.each(['jpeg', 'webp'] as const)('a %s is read', async (format) => {
  const create = { width: 5, height: 4, channels: 3, background: 'white' } as const;
  const file = await loadSharp()({ create }).toFormat(format).toBuffer();
  const { width, height, channels, pixels } = await readPicture(written(`picture.${format}`, file));
  expect([width, height, channels, Math.min(...pixels)]).toEqual([5, 4, 3, 255]);
});

test('a file that is no picture is refused, and so is none', async () => {
  await expect(readPicture(written('words.png', 'words'))).rejects.toMatchObject({
    code: 'ERR_DATA_FORMAT',
    message: expect.stringMatching(
      /words\.png cannot be read as a picture \(.+\)\. Name a PNG, JPEG or WebP file\.$/,
    ),
  });
  await expect(readPicture(join(directory, 'nothing.png'))).rejects.toMatchObject({
    code: 'ERR_DATA_NOT_FOUND',
    message: expect.stringMatching(/nothing\.png is not there\. /),
  });
});
