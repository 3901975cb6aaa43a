import type { Picture } from './grid.js';

/** Which pixels lie under one of the scaled picture, and how much of each. */
interface Span {
  readonly first: number;
  /** They sum to 1. */
  readonly weights: readonly number[];
}

/**
 * A picture in another size. Each pixel is the mean of the area that it stands for, so that nothing is lost where it shrinks, and
 * enlarged by a whole factor it has the pixels that it had.
 */
export function scalePicture({ pixels, ...from }: Picture, width: number, height: number): Picture {
  const { channels } = from;
  const across = spans(from.width, width);
  const down = spans(from.height, height);
  // The clamped array rounds.
  const scaled = new Uint8ClampedArray(width * height * channels);
  for (const [y, rows] of down.entries()) {
    for (const [x, columns] of across.entries()) {
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (const [i, rowWeight] of rows.weights.entries()) {
          const row = (rows.first + i) * from.width + columns.first;
          for (const [j, weight] of columns.weights.entries()) {
            sum += rowWeight * weight * pixels[(row + j) * channels + channel]!;
          }
        }
        scaled[(y * width + x) * channels + channel] = sum;
      }
    }
  }
  return { pixels: new Uint8Array(scaled.buffer), width, height, channels };
}

function spans(from: number, to: number): Span[] {
  return Array.from({ length: to }, (_, i) => {
    const [begin, end] = [(i * from) / to, ((i + 1) * from) / to];
    const first = Math.floor(begin);
    const weights = Array.from({ length: Math.ceil(end) - first }, (_, j) => {
      const covered = Math.min(end, first + j + 1) - Math.max(begin, first + j);
      return (covered * to) / from;
    });
    return { first, weights };
  });
}
