import type { ImageShape } from '../network/arrays.js';
import { imageNumbers } from '../network/layers.js';

/** What can be measured of any image. What is bright is taken for ink. */
export const measureNames = ['thickness', 'slant', 'width', 'height', 'brightness'] as const;

/** What is measured of images. */
export type MeasureName = (typeof measureNames)[number];

/** Less ink than a hundredth of a white pixel has no shape. */
const leastInk = 0.01;

/**
 * Measures images [n, S, S, C] in [-1, 1]. With ink from 0 to 1, the mean over the channels, and its moments μ about its middle:
 *
 * - thickness: 2 · Σ ink / Σ ‖∇ink‖, in pixels: of a stroke twice its area by its outline
 * - slant: −μ₁₁ / μ₀₂, how many pixels a stroke goes to the right on one upwards
 * - width: √12 · √(μ₂₀ − μ₁₁² / μ₀₂), in pixels, once the slant is taken out: of a full rectangle its width
 * - height: √12 · √μ₀₂, in pixels
 * - brightness: the mean, in [-1, 1]
 *
 * @returns [n] of each
 */
export function measuresOf(
  images: Float32Array,
  n: number,
  image: ImageShape,
): Readonly<Record<MeasureName, Float64Array>> {
  const all = {
    thickness: new Float64Array(n),
    slant: new Float64Array(n),
    width: new Float64Array(n),
    height: new Float64Array(n),
    brightness: new Float64Array(n),
  };
  const size = imageNumbers(image);
  for (let i = 0; i < n; i++) {
    const ink = inkOf(images.subarray(i * size, (i + 1) * size), image.channels);
    const shape = shapeOf(ink, image.imageSize);
    for (const name of measureNames) all[name][i] = shape[name];
  }
  return all;
}

/** The mean of the channels, from 0 to 1, [S · S]. */
function inkOf(image: Float32Array, channels: number): Float64Array {
  const ink = new Float64Array(image.length / channels);
  for (let i = 0; i < image.length; i++) ink[Math.floor(i / channels)]! += image[i]! / channels;
  return ink.map((value) => Math.max(0, Math.min(1, (value + 1) / 2)));
}

function shapeOf(ink: Float64Array, size: number): Record<MeasureName, number> {
  let [area, x, y, xx, yy, xy, outline] = [0, 0, 0, 0, 0, 0, 0];
  const at = (row: number, column: number) =>
    row < 0 || column < 0 || row >= size || column >= size ? 0 : ink[row * size + column]!;
  // One row and column beyond the image, where ink at its edge ends.
  for (let row = 0; row <= size; row++) {
    for (let column = 0; column <= size; column++) {
      const value = at(row, column);
      const [down, across] = [value - at(row - 1, column), value - at(row, column - 1)];
      // Not hypot, which takes ten times as long.
      outline += Math.sqrt(down * down + across * across);
      area += value;
      x += value * column;
      y += value * row;
      xx += value * column * column;
      yy += value * row * row;
      xy += value * column * row;
    }
  }
  const brightness = (2 * area) / (size * size) - 1;
  if (area < leastInk) return { thickness: 0, slant: 0, width: 0, height: 0, brightness };
  const [meanX, meanY] = [x / area, y / area];
  const across = xx / area - meanX * meanX;
  const down = yy / area - meanY * meanY;
  const both = xy / area - meanX * meanY;
  // Ink in one row has no slant.
  const slant = down > 1e-6 ? -both / down : 0;
  return {
    thickness: (2 * area) / outline,
    slant,
    width: Math.sqrt(12 * Math.max(0, across - slant * slant * down)),
    height: Math.sqrt(12 * Math.max(0, down)),
    brightness,
  };
}
