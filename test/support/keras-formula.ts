/** The twin of scripts/fixtures/formula.py: the same weights, images and noise, bit for bit. Its comment has the formula. */

const batch = 8;
const latent = 100;

/** 32-bit hashes of elements 0 … count − 1 of the array called `name`. */
function hashes(name: string, count: number): Uint32Array {
  let seed = 0x811c9dc5;
  for (const character of name) seed = Math.imul(seed ^ character.charCodeAt(0), 0x01000193);
  return Uint32Array.from({ length: count }, (_, i) => {
    let x = (Math.imul(i + 1, 0x9e3779b9) + seed) >>> 0;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    return x ^ (x >>> 16);
  });
}

/** Numbers in (-1, 1), exact in float64. */
const signed = (name: string, count: number) =>
  Float64Array.from(hashes(name, count), (x) => (x - 2147483647.5) / 2147483648);

const product = (sizes: readonly number[]) => sizes.reduce((a, b) => a * b, 1);

/** The initial value of a tensor, in C order of `shape`. */
export function formulaTensor(name: string, shape: readonly number[]): Float32Array {
  const numbers = signed(name, product(shape));
  const [first = 1, second = 1] = shape;
  if (shape.length > 1) {
    const field = product(shape.slice(2));
    const limit = Math.sqrt(6 / (first * field + second * field));
    return Float32Array.from(numbers, (t) => t * limit);
  }
  const aroundOne = name.endsWith('.weight') || name.endsWith('.running_var');
  return Float32Array.from(numbers, (t) => (aroundOne ? 1 + 0.1 * t : 0.05 * t));
}

/** Latent vectors [8, 100] of a step, from 1. */
export function formulaNoise(step: number): Float32Array {
  const t = signed(`noise.${step}`, 4 * batch * latent);
  return Float32Array.from({ length: batch * latent }, (_, i) => {
    return Math.sqrt(3) * (t[4 * i]! + t[4 * i + 1]! + t[4 * i + 2]! + t[4 * i + 3]!);
  });
}

/** Images [8, 28, 28, 1] of a step, from 1. */
export function formulaImages(step: number): Uint8Array {
  return Uint8Array.from(hashes(`images.${step}`, batch * 28 * 28), (x) => (x >>> 24 < 176 ? 0 : x & 255));
}
