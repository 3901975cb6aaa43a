/**
 * The inputs of the Keras fixture, computed as `scripts/fixtures/formula.py` computes them, bit for bit: weights,
 * images and noise as functions of a name and an index. That file says what the formula is.
 */

export const formulaBatch = 8;
export const formulaLatent = 100;

const imageShape = [formulaBatch, 28, 28, 1];

/** FNV-1a of an ASCII name. */
function seedOf(name: string): number {
  let seed = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) seed = Math.imul(seed ^ name.charCodeAt(i), 0x01000193);
  return seed;
}

/** The hash of element `index` under a name's seed, 0 … 2³² − 1. */
function hashOf(seed: number, index: number): number {
  let x = (seed + Math.imul(index + 1, 0x9e3779b9)) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** In (−1, 1), exact in float64. */
const signedOf = (seed: number, index: number): number => (hashOf(seed, index) - 2147483647.5) / 2147483648;

const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** What turns t in (−1, 1) into the value of an element of this tensor. */
function scaling(name: string, shape: readonly number[]): (t: number) => number {
  const [output = 1, input = 1, ...field] = shape;
  if (shape.length > 1) {
    const limit = Math.sqrt(6 / (output * product(field) + input * product(field)));
    return (t) => t * limit;
  }
  if (name.endsWith('.weight') || name.endsWith('.running_var')) return (t) => 1 + 0.1 * t;
  return (t) => 0.05 * t;
}

/** The initial value of a tensor, by our name and in torch's layout, such as `generator.conv1.weight`. */
export function formulaTensor(name: string, shape: readonly number[]): Float32Array {
  const seed = seedOf(name);
  const value = scaling(name, shape);
  return Float32Array.from({ length: product(shape) }, (_, i) => value(signedOf(seed, i)));
}

/** [8, 28, 28, 1] pixels, 0 … 255. Steps count from 1. */
export function formulaImages(step: number): Uint8Array {
  const seed = seedOf(`images.${step}`);
  return Uint8Array.from({ length: product(imageShape) }, (_, i) => {
    const x = hashOf(seed, i);
    return x >>> 24 < 176 ? 0 : x & 255;
  });
}

/** [8, 100] numbers of mean 0 and variance 1. Steps count from 1. */
export function formulaNoise(step: number): Float32Array {
  const seed = seedOf(`noise.${step}`);
  const part = (i: number) => signedOf(seed, i);
  return Float32Array.from({ length: formulaBatch * formulaLatent }, (_, j) => {
    const i = 4 * j;
    return Math.sqrt(3) * (part(i) + part(i + 1) + part(i + 2) + part(i + 3));
  });
}

/** Sum over i of (2i + 1) · bits(element i) modulo 2³²: what the fixture records of every array. */
export function formulaChecksum(values: Float32Array | Uint8Array): number {
  const bits =
    values instanceof Float32Array
      ? new Uint32Array(values.buffer, values.byteOffset, values.length)
      : Uint32Array.from(values);
  let sum = 0;
  for (let i = 0; i < bits.length; i++) sum = (sum + Math.imul(bits[i]!, 2 * i + 1)) | 0;
  return sum >>> 0;
}
