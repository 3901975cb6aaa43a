import type sharp = require('sharp');

import { DcganError } from '../errors.js';

/**
 * Encodes grey levels as a greyscale PNG.
 * @param pixels [height, width] grey levels, 0 black to 255 white
 * @throws DcganError ERR_SHAPE when the sizes disagree, ERR_SETUP when the encoder cannot be loaded.
 */
export async function encodePng(pixels: Uint8Array, width: number, height: number): Promise<Buffer> {
  if (!(width >= 1 && height >= 1) || pixels.length !== width * height) {
    const said = `${pixels.length} pixels do not make an image of ${width}×${height}.`;
    throw new DcganError('ERR_SHAPE', said, { value: [width, height] });
  }
  const encoder = loadSharp();
  const raw = { width, height, channels: 1 } as const;
  return encoder(pixels, { raw }).toColourspace('b-w').png().toBuffer();
}

/** Loaded when the first picture is made: it takes as long as Node's own start. */
function loadSharp(): typeof sharp {
  try {
    const encoder = require('sharp') as typeof sharp;
    // One picture is a millisecond of work; libvips' own team of threads would disturb those that train.
    encoder.concurrency(1);
    return encoder;
  } catch (cause) {
    const said =
      'Pictures cannot be written, because sharp does not load. Run: npm install --include=optional sharp';
    throw new DcganError('ERR_SETUP', said, { cause });
  }
}
