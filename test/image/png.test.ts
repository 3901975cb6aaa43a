import sharp = require('sharp');

import { encodePng } from '../../lib/image/png.js';

const pixels = Uint8Array.from({ length: 30 * 20 }, (_, i) => (i * 7) % 256);
const grey = { pixels, width: 30, height: 20, channels: 1 } as const;

describe('encodePng', () => {
  test('makes a PNG that decodes to the same pixels', async () => {
    const png = await encodePng(grey);
    const { data, info } = await sharp(png).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width: 30, height: 20, channels: 1 });
    expect([...data]).toEqual([...pixels]);
  });

  test('makes one channel of eight bits', async () => {
    const metadata = await sharp(await encodePng(grey)).metadata();
    expect(metadata).toMatchObject({ format: 'png', space: 'b-w', channels: 1, depth: 'uchar' });
  });

  test('keeps colours', async () => {
    const coloured = { pixels, width: 10, height: 20, channels: 3 } as const;
    const { data, info } = await sharp(await encodePng(coloured))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width: 10, height: 20, channels: 3 });
    expect([...data]).toEqual([...pixels]);
  });

  test('makes the same file each time', async () => {
    expect(await encodePng(grey)).toEqual(await encodePng(grey));
  });

  test('leaves all but one core to others', async () => {
    await encodePng(grey);
    expect(sharp.concurrency()).toBe(1);
  });

  test.each([
    [30, 21],
    [0, 0],
    [-30, -20],
  ])('refuses sizes %d×%d that do not fit', async (width, height) => {
    await expect(
      encodePng({ ...grey, pixels: width ? pixels : new Uint8Array(0), width, height }),
    ).rejects.toMatchObject({
      code: 'ERR_SHAPE',
    });
  });
});
