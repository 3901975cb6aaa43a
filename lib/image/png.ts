import type sharp = require('sharp');

import { DcganError } from '../errors.js';
import type { Picture } from './grid.js';

/**
 * Encodes a picture as PNG, greyscale or in colour.
 * @throws DcganError ERR_SHAPE when the sizes disagree, ERR_SETUP when the encoder cannot be loaded.
 */
export async function encodePng({ pixels, width, height, channels }: Picture): Promise<Buffer> {
  if (!(width >= 1 && height >= 1) || pixels.length !== width * height * channels) {
    const said = `${pixels.length} numbers do not make an image of ${width}×${height}×${channels}.`;
    throw new DcganError('ERR_SHAPE', said, { value: [width, height, channels] });
  }
  const encoder = loadSharp();
  const raw = { width, height, channels };
  return encoder(pixels, { raw })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .png()
    .toBuffer();
}

/** Loaded when the first picture is made: it takes as long as Node's own start. */
export function loadSharp(): typeof sharp {
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
