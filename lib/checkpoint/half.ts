/**
 * Numbers of half precision (IEEE 754 binary16): a sign, 5 bits of exponent, 10 of fraction. Files that hold a network to
 * draw with, and not to train on, have them.
 */

const number = new Float32Array(1);
const bits = new Uint32Array(number.buffer);

/** Rounded to the nearest, to the even one of two; what is too large becomes infinite. */
export function toHalf(values: Float32Array): Uint16Array {
  return Uint16Array.from(values, halfOf);
}

export function fromHalf(halves: Uint16Array): Float32Array {
  return Float32Array.from(halves, numberOf);
}

function halfOf(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  // Half of the last place above the largest number.
  if (magnitude >= 65520) return sign | 0x7c00;
  // Below the smallest normal number all have its exponent.
  const exponent = Math.max(-14, Math.floor(Math.log2(magnitude)));
  const fraction = roundEven(magnitude / 2 ** (exponent - 10));
  // A fraction that was rounded up to 2048 carries into the exponent by itself.
  return sign | (fraction < 1024 ? fraction : (exponent + 14) * 1024 + fraction);
}

function roundEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}

function numberOf(half: number): number {
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? signed(half, Number.POSITIVE_INFINITY) : Number.NaN;
  if (exponent === 0) return signed(half, fraction * 2 ** -24);
  bits[0] = ((half & 0x8000) << 16) | ((exponent + 112) << 23) | (fraction << 13);
  return number[0]!;
}

const signed = (half: number, magnitude: number) => (half & 0x8000 ? -magnitude : magnitude);

/** Numbers with no more than so many significant bits: a file of them can be packed better. */
export function rounded(values: Float32Array, bits: number): Float32Array {
  return values.map((value) => {
    if (value === 0 || !Number.isFinite(value)) return value;
    const place = 2 ** (Math.floor(Math.log2(Math.abs(value))) - bits + 1);
    return Math.round(value / place) * place;
  });
}
