import { imagesOf, noiseOf } from '../../lib/network/arrays.js';

/** Three images of zeros but for `value` in one place, by default in the last image. */
function images(value: number, at = 3 * 784 - 1): Float32Array {
  return new Float32Array(3 * 784).fill(value, at, at + 1);
}

test.each([1, -1, 1 + 1e-4, -1 - 1e-4])('images that reach to %p are taken as they are', (value) => {
  expect(imagesOf(images(value))).toEqual(images(value));
});

test('pixels of 0 … 255 are scaled to [-1, 1]', () => {
  const scaled = imagesOf(Uint8Array.from({ length: 784 }, (_, i) => i % 256));
  expect([scaled[0], scaled[255], Math.min(...scaled), Math.max(...scaled)]).toEqual([-1, 1, -1, 1]);
});

test.each([
  ['pixels that were not scaled', images(255), 'from 0 to 255', 255],
  [
    'pixels of a photograph',
    Float32Array.of(...new Array(784).fill(3), ...new Array(784).fill(9)),
    'from 3 to 9',
    9,
  ],
  ['numbers just above 1', images(1.0078125), 'from 0 to 1.0078125', 1.0078125],
  ['numbers below -1', images(-127.5, 0), 'from -127.5 to 0', -127.5],
  ['infinity', images(Number.POSITIVE_INFINITY), 'to Infinity', Number.POSITIVE_INFINITY],
  ['NaN in the first image', images(Number.NaN, 0), 'NaN in image 0', Number.NaN],
  ['NaN in the last image', images(Number.NaN), 'NaN in image 2', Number.NaN],
])('images of %s are refused with what was seen and what to give', (_, given, seen, value) => {
  expect(() => imagesOf(given)).toThrow(
    expect.objectContaining({ code: 'ERR_VALUE', value, message: expect.stringContaining(seen) }),
  );
  expect(() => imagesOf(given)).toThrow('Give pixels 0 … 255 as a Uint8Array, or numbers in [-1, 1].');
});

test.each([Number.NaN, Number.NEGATIVE_INFINITY])(
  'noise that holds %p is refused, naming the vector',
  (value) => {
    const noise = new Float32Array(4 * 8).fill(value, 17, 18);
    expect(() => noiseOf(noise, 4, 8)).toThrow(
      expect.objectContaining({
        code: 'ERR_VALUE',
        value,
        message: expect.stringContaining(`vector 2 holds ${value}`),
      }),
    );
    expect(noiseOf(new Float32Array(32).fill(100), 4, 8)[0]).toBe(100);
  },
);
