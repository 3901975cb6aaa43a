import { DcganError } from '../errors.js';
import type { ImageBatch } from '../network/arrays.js';
import { type TileOptions, tile } from './grid.js';
import { loadSharp } from './png.js';

/** Ten frames a second. */
const frameMilliseconds = 100;

/**
 * Draws images whose channels are frames into one film that goes round: an animated WebP, without loss, of a grid for each frame.
 * @throws DcganError ERR_SHAPE when they have 1 channel or 3, which is a picture, or the numbers are no such images; ERR_OPTION
 * for an option out of range, ERR_SETUP when the encoder cannot be loaded.
 */
export async function encodeFilm({ data, shape }: ImageBatch, options: TileOptions = {}): Promise<Buffer> {
  const [count, size, , frames] = shape;
  if (frames === 1 || frames === 3) {
    const said = `Images of ${frames === 1 ? '1 channel' : '3 channels'} are pictures and no film. Write them as PNG.`;
    throw new DcganError('ERR_SHAPE', said, { value: frames });
  }
  const grids = Array.from({ length: frames }, (_, frame) => {
    const level = (_: unknown, i: number) => data[i * frames + frame]!;
    const grey = Float32Array.from({ length: data.length / frames }, level);
    return tile({ data: grey, shape: [count, size, size, 1] }, options);
  });
  const { width, height } = grids[0]!;
  const raw = { width, height: height * frames, channels: 1, pageHeight: height } as const;
  const encoder = loadSharp();
  return encoder(Buffer.concat(grids.map(({ pixels }) => pixels)), { raw })
    .webp({ lossless: true, loop: 0, delay: frameMilliseconds })
    .toBuffer();
}
