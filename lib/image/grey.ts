import type { Picture } from './grid.js';

/** How bright each pixel is, 0 to 255, as the eye sees colours (ITU-R BT.601). */
export function greyLevels({ pixels, width, height, channels }: Picture): Float64Array {
  if (channels === 1) return Float64Array.from(pixels);
  return Float64Array.from({ length: width * height }, (_, i) => {
    return 0.299 * pixels[3 * i]! + 0.587 * pixels[3 * i + 1]! + 0.114 * pixels[3 * i + 2]!;
  });
}
