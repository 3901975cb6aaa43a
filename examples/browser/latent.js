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

/** Moves z by `amounts[i]` of the way to each of `targets`, all at once. */
export function move(z, targets, amounts) {
  return z.map((start, k) =>
    targets.reduce((value, target, i) => value + amounts[i] * (target[k] - start), start),
  );
}

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
