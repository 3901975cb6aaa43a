/** The Euclidean norm of a vector. */
export function normOf(vector: Float32Array): number {
  return Math.hypot(...vector);
}

/** A vector times a number; a copy. */
export function times(vector: Float32Array, factor: number): Float32Array {
  return vector.map((number) => number * factor);
}

/** The vector of that direction and norm; a vector of zeros, which has no direction, stays one. */
export function withNorm(vector: Float32Array, norm: number): Float32Array {
  const now = normOf(vector);
  return now === 0 ? vector.slice() : times(vector, norm / now);
}

/** (1 − share) · a + share · b */
export function between(a: Float32Array, b: Float32Array, share: number): Float32Array {
  return a.map((number, i) => (1 - share) * number + share * b[i]!);
}

/** z + strength · direction */
export function moved(z: Float32Array, direction: Float32Array, strength: number): Float32Array {
  return z.map((number, i) => number + strength * direction[i]!);
}

/** The rows of a matrix [n, size], as views of it. */
export function rowsOf<T extends Float32Array | Float64Array | Int32Array>(matrix: T, size: number): T[] {
  return Array.from(
    { length: matrix.length / size },
    (_, i) => matrix.subarray(i * size, (i + 1) * size) as T,
  );
}

/** A matrix of these rows. */
export function stacked(rows: readonly Float32Array[]): Float32Array {
  const size = rows[0]?.length ?? 0;
  const matrix = new Float32Array(rows.length * size);
  for (const [i, row] of rows.entries()) matrix.set(row, i * size);
  return matrix;
}
