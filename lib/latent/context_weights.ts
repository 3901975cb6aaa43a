/** Rows and columns around a pixel in which missing ones make it count more, and what it counts without. */
const [reach, base] = [3, 0.1];

/**
 * What each known pixel counts: the share of its 7×7 window that is missing (Yeh et al. 2017, eq. 3), and a little where none is; 0 for
 * a missing one.
 * @param missing [size, size]
 */
export function contextWeights(missing: Uint8Array, size: number): Float32Array {
  return Float32Array.from(missing, (isMissing, pixel) => {
    if (isMissing === 1) return 0;
    const [row, column] = [Math.floor(pixel / size), pixel % size];
    let [found, all] = [0, 0];
    for (let y = Math.max(0, row - reach); y <= Math.min(size - 1, row + reach); y++) {
      for (let x = Math.max(0, column - reach); x <= Math.min(size - 1, column + reach); x++) {
        all++;
        found += missing[y * size + x]!;
      }
    }
    return base + found / all;
  });
}
