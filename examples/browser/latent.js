/** Latent vectors as a function of a seed: a page can be shared by its address. */

/** A latent vector: `size` numbers from the standard normal distribution, the same for the same seed. */
export function latentVector(seed, size) {
  const uniform = uniformNumbers(seed);
  // Box and Muller (1958); 1 - u is never 0.
  return Float32Array.from(
    { length: size },
    () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}

/** Moves z along each of `directions` by `amounts[i]` times its length, all at once. */
export function move(z, directions, amounts) {
  return z.map((start, k) =>
    directions.reduce((value, direction, i) => value + amounts[i] * direction[k], start),
  );
}

/** The direction from one latent vector to another: going all of it leads there. */
export function towards(from, to) {
  return to.map((number, k) => number - from[k]);
}

/** The direction of a single number of a latent vector. */
export function axis(index, size) {
  return Float32Array.from({ length: size }, (_, k) => (k === index ? 1 : 0));
}

/** Latent vectors on the way through some and back to the first, evenly between them. */
export function loop(vectors, count) {
  return Array.from({ length: count }, (_, i) => {
    const at = (i / count) * vectors.length;
    const from = Math.floor(at);
    return slerp(vectors[from], vectors[(from + 1) % vectors.length], at - from);
  });
}

/**
 * Spherical interpolation (Shoemake 1985): the direction turns evenly and the length changes evenly, so that what lies between is
 * as usual a latent vector as those at the ends. A straight line would go nearer to 0, where there are hardly any.
 */
function slerp(a, b, share) {
  const [lengthA, lengthB] = [length(a), length(b)];
  const cosine = a.reduce((sum, number, k) => sum + number * b[k], 0) / (lengthA * lengthB);
  const angle = Math.acos(Math.min(1, Math.max(-1, cosine)));
  // The same vector twice, of which none turns.
  if (angle < 1e-4) return a.slice();
  const [partA, partB] = [Math.sin((1 - share) * angle), Math.sin(share * angle)].map(
    (sine) => sine / Math.sin(angle),
  );
  const now = (1 - share) * lengthA + share * lengthB;
  return a.map((number, k) => now * ((partA * number) / lengthA + (partB * b[k]) / lengthB));
}

const length = (vector) => Math.hypot(...vector);

/** Numbers in [0, 1): a counter under murmur3's finaliser. */
function uniformNumbers(seed) {
  let counter = Math.imul(seed, 0x9e3779b9);
  return () => {
    counter = (counter + 0x6d2b79f5) | 0;
    let x = Math.imul(counter ^ (counter >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
  };
}
