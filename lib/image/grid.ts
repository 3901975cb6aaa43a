import { DcganError } from '../errors.js';
import { imagePixels, imageSide } from '../network/arrays.js';

/** Grey levels row by row, 0 black to 255 white. */
export interface GreyImage {
  /** [height, width] */
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
}

export interface TileOptions {
  /** Images in a row. Default: as many as make the grid about square. */
  readonly columns?: number;
  /** Black pixels between two images, after scaling. Default 2. */
  readonly gap?: number;
  /** Width and height of one value, in pixels. Default 1. */
  readonly scale?: number;
}

// The most pixels that the PNG encoder takes.
const maxPixels = 0x3fff * 0x3fff;

/**
 * Lays images out in a grid, row by row. Values outside of [-1, 1] become black or white, NaN becomes black.
 * @param images [n, 28, 28, 1] values in [-1, 1], n at least `count`
 * @throws DcganError ERR_SHAPE when there are fewer images than `count`, ERR_OPTION for an option out of
 * range.
 */
export function tile(images: Float32Array, count: number, options: TileOptions = {}): GreyImage {
  if (!Number.isSafeInteger(count) || count < 1 || images.length < count * imagePixels) {
    const said = `${images.length} values do not hold ${count} images of ${imageSide}×${imageSide}.`;
    throw new DcganError('ERR_SHAPE', said, { value: count });
  }
  const columns = Math.min(count, check('columns', options.columns ?? Math.ceil(Math.sqrt(count)), 1));
  const gap = check('gap', options.gap ?? 2, 0);
  const scale = check('scale', options.scale ?? 1, 1);
  const pitch = imageSide * scale + gap;
  const width = columns * pitch - gap;
  const height = Math.ceil(count / columns) * pitch - gap;
  if (width * height > maxPixels) {
    const said = `A grid of ${width}×${height} pixels is too large. Take fewer images or a smaller scale or gap.`;
    throw new DcganError('ERR_OPTION', said, { value: count });
  }

  // The clamped array rounds, and makes 0 of NaN.
  const pixels = new Uint8ClampedArray(width * height);
  for (let i = 0; i < count; i++) {
    const corner = Math.floor(i / columns) * pitch * width + (i % columns) * pitch;
    for (let y = 0; y < imageSide * scale; y++) {
      const row = (i * imageSide + Math.floor(y / scale)) * imageSide;
      for (let x = 0; x < imageSide * scale; x++) {
        pixels[corner + y * width + x] = (images[row + Math.floor(x / scale)]! + 1) * 127.5;
      }
    }
  }
  return { pixels: new Uint8Array(pixels.buffer), width, height };
}

function check(name: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  const said = `Option '${name}' is wrong: must be a whole number of at least ${least}, received ${value}.`;
  throw new DcganError('ERR_OPTION', said, { value });
}
