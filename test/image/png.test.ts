import sharp = require('sharp');

import { encodePng } from '../../lib/image/png.js';

const pixels = Uint8Array.from({ length: 30 * 20 }, (_, i) => (i * 7) % 256);

describe('encodePng', () => {
  test('makes a PNG that decodes to the same pixels', async () => {
    const png = await encodePng(pixels, 30, 20);
    const { data, info } = await sharp(png).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width: 30, height: 20, channels: 1 });
    expect([...data]).toEqual([...pixels]);
  });

  test('makes one channel of eight bits', async () => {
    const metadata = await sharp(await encodePng(pixels, 30, 20)).metadata();
    expect(metadata).toMatchObject({ format: 'png', space: 'b-w', channels: 1, depth: 'uchar' });
  });

  test('makes the same file each time', async () => {
    expect(await encodePng(pixels, 30, 20)).toEqual(await encodePng(pixels, 30, 20));
  });

  test('leaves all but one core to others', async () => {
    await encodePng(pixels, 30, 20);
    expect(sharp.concurrency()).toBe(1);
  });

  test.each([
    [30, 21],
    [0, 0],
    [-30, -20],
  ])('refuses sizes %d×%d that do not fit', async (width, height) => {
    await expect(encodePng(width ? pixels : new Uint8Array(0), width, height)).rejects.toMatchObject({
      code: 'ERR_SHAPE',
    });
  });
});
