import type { ImageBatch } from '../network/arrays.js';
import { type TileOptions, tile } from './grid.js';
import { encodePng } from './png.js';

/**
 * Draws images into one picture: a PNG with the images in a grid.
 * @throws DcganError ERR_SHAPE when the numbers are no such images, ERR_OPTION for an option out of range, ERR_SETUP when the
 * encoder cannot be loaded.
 */
export async function encodePicture(images: ImageBatch, options: TileOptions = {}): Promise<Buffer> {
  return encodePng(tile(images, options));
}
