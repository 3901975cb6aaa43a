import { greyLevels } from './grey.js';
import type { Picture } from './grid.js';
import { scalePicture } from './scale.js';

/** A picture as an image of `size` rows and columns: what is longer is cut alike on both sides, colours become grey or grey colours. */
export function fitPicture(picture: Picture, size: number, channels: 1 | 3): Picture {
  const square = centreOf(picture);
  const sized = square.width === size ? square : scalePicture(square, size, size);
  return sized.channels === channels ? sized : recoloured(sized, channels);
}

function centreOf(picture: Picture): Picture {
  const { pixels, width, height, channels } = picture;
  if (width === height) return picture;
  const size = Math.min(width, height);
  const [left, top] = [Math.floor((width - size) / 2), Math.floor((height - size) / 2)];
  const square = new Uint8Array(size * size * channels);
  for (let row = 0; row < size; row++) {
    const from = ((top + row) * width + left) * channels;
    square.set(pixels.subarray(from, from + size * channels), row * size * channels);
  }
  return { pixels: square, width: size, height: size, channels };
}

function recoloured(picture: Picture, channels: 1 | 3): Picture {
  const grey = greyLevels(picture);
  const recoloured = new Uint8ClampedArray(grey.length * channels);
  for (const [i, level] of grey.entries()) recoloured.fill(level, i * channels, (i + 1) * channels);
  return { ...picture, pixels: new Uint8Array(recoloured.buffer), channels };
}
