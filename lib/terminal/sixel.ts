import { FINALIZER, image2sixel, introducer, sixelEncode } from 'sixel';
import type { Picture } from '../image/grid.js';

/** As many as a terminal keeps at a time. */
const mostColours = 256;

/** A picture in sixels, which tell 101 levels of a colour apart. More than 256 colours are brought down to these. */
export function sixelPicture(picture: Picture): string {
  const { width, height } = picture;
  const rgba = withAlpha(picture);
  const colours = new Set(new Uint32Array(rgba.buffer));
  if (colours.size > mostColours) return image2sixel(rgba, width, height, mostColours);
  return introducer() + sixelEncode(rgba, width, height, [...colours]) + FINALIZER;
}

function withAlpha({ pixels, width, height, channels }: Picture): Uint8ClampedArray {
  const rgba = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let i = 0; i < width * height; i++) {
    for (let colour = 0; colour < 3; colour++) {
      rgba[4 * i + colour] = pixels[i * channels + (channels === 1 ? 0 : colour)]!;
    }
  }
  return rgba;
}
