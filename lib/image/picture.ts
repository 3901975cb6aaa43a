import { type TileOptions, tile } from './grid.js';
import { encodePng } from './png.js';

/**
 * Draws images into one picture: a greyscale PNG with the images in a grid.
 * @param images [n, 28, 28, 1] values in [-1, 1], n at least `count`
 * @throws DcganError ERR_SHAPE when there are fewer images, ERR_OPTION for an option out of range, ERR_SETUP
 * when the encoder cannot be loaded.
 */
export async function encodePicture(
  images: Float32Array,
  count: number,
  options: TileOptions = {},
): Promise<Buffer> {
  const { pixels, width, height } = tile(images, count, options);
  return encodePng(pixels, width, height);
}
