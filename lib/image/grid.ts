import { DcganError } from '../errors.js';
import type { ImageBatch } from '../network/arrays.js';

/** Grey levels or colours row by row, 0 to 255. */
export interface Picture {
  /** [height, width, channels] */
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** 1: black to white; 3: red, green, blue. */
  readonly channels: 1 | 3;
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
 * Lays images out in a grid, row by row. Values outside of [-1, 1] become 0 or 255, NaN becomes 0. Images of other than 1 or
 * 3 channels are drawn as strips: a grey image for each channel, from left to right.
 * @throws DcganError ERR_SHAPE when the numbers are no such images, ERR_OPTION for an option out of range.
 */
export function tile({ data, shape }: ImageBatch, options: TileOptions = {}): Picture {
  const [count, size, , channels] = shape;
  if (!Number.isSafeInteger(count) || count < 1 || data.length !== count * size * size * channels) {
    const said = `${data.length} values do not hold ${count} images of ${size}×${size}×${channels}.`;
    throw new DcganError('ERR_SHAPE', said, { value: count });
  }
  const columns = Math.min(count, check('columns', options.columns ?? Math.ceil(Math.sqrt(count)), 1));
  const gap = check('gap', options.gap ?? 2, 0);
  const scale = check('scale', options.scale ?? 1, 1);
  const colours = channels === 3 ? 3 : 1;
  // Of a strip.
  const parts = channels / colours;
  const [across, down] = [size * scale * parts + gap, size * scale + gap];
  const width = columns * across - gap;
  const height = Math.ceil(count / columns) * down - gap;
  if (width * height > maxPixels) {
    const said = `A grid of ${width}×${height} pixels is too large. Take fewer images or a smaller scale or gap.`;
    throw new DcganError('ERR_OPTION', said, { value: count });
  }

  // The clamped array rounds, and makes 0 of NaN.
  const pixels = new Uint8ClampedArray(width * height * colours);
  for (let i = 0; i < count; i++) {
    const corner = Math.floor(i / columns) * down * width + (i % columns) * across;
    for (let y = 0; y < size * scale; y++) {
      const row = (i * size + Math.floor(y / scale)) * size;
      for (let x = 0; x < size * scale * parts; x++) {
        const part = Math.floor(x / (size * scale));
        const from = (row + Math.floor((x - part * size * scale) / scale)) * channels + part * colours;
        const to = (corner + y * width + x) * colours;
        for (let colour = 0; colour < colours; colour++) {
          pixels[to + colour] = (data[from + colour]! + 1) * 127.5;
        }
      }
    }
  }
  return { pixels: new Uint8Array(pixels.buffer), width, height, channels: colours };
}

function check(name: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  const said = `Option '${name}' is wrong: must be a whole number of at least ${least}, received ${value}.`;
  throw new DcganError('ERR_OPTION', said, { value });
}
