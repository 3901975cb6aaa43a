import { imagesOf, labelsOf, noiseOf, softLabelsOf } from '../../lib/network/arrays.js';

const grey = { imageSize: 28, channels: 1 };

/** Three images of zeros but for `value` in one place, by default in the last image. */
function images(value: number, at = 3 * 784 - 1): Float32Array {
  return new Float32Array(3 * 784).fill(value, at, at + 1);
}

test.each([1, -1, 1 + 1e-4, -1 - 1e-4])('images that reach to %p are taken as they are', (value) => {
  expect(imagesOf(images(value), grey)).toEqual(images(value));
});

test('pixels of 0 … 255 are scaled to [-1, 1]', () => {
  const scaled = imagesOf(
    Uint8Array.from({ length: 784 }, (_, i) => i % 256),
    grey,
  );
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
  expect(() => imagesOf(given, grey)).toThrow(
    expect.objectContaining({ code: 'ERR_VALUE', value, message: expect.stringContaining(seen) }),
  );
  expect(() => imagesOf(given, grey)).toThrow('Give pixels 0 … 255 as a Uint8Array, or numbers in [-1, 1].');
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

test('images of other sizes and channels are counted by theirs', () => {
  const coloured = { imageSize: 16, channels: 3 };
  expect(imagesOf(new Uint8Array(2 * 768), coloured, 2)).toHaveLength(1536);
  expect(() => imagesOf(new Uint8Array(784), coloured)).toThrow('expected a multiple of 768');
});

test.each([
  ['none at all', undefined, 10, 'there are none'],
  ['one too few', [1, 2], 10, 'these are 2'],
  ['one that is no class', [1, 2, 10], 10, 'one is 10'],
  ['one below all classes', [1, -1, 3], 10, 'one is -1'],
  ['one between two classes', [1, 2.5, 3], 10, 'one is 2.5'],
  ['some of a model without classes', [1, 2, 3], 0, 'knows no classes'],
])('labels are refused where there is %s', (_, given, classes, said) => {
  expect(() => labelsOf(given, 3, classes)).toThrow(
    expect.objectContaining({ code: 'ERR_LABELS', message: expect.stringContaining(said) }),
  );
});

test('labels are taken from every kind of array', () => {
  const wanted = Int32Array.of(0, 9, 3);
  for (const given of [[0, 9, 3], Uint8Array.of(0, 9, 3), Uint16Array.of(0, 9, 3), Int32Array.of(0, 9, 3)]) {
    expect(labelsOf(given, 3, 10)).toEqual(wanted);
  }
  expect(labelsOf(undefined, 3, 0)).toBeNull();
});

test('weights of classes are taken, and of one class for all, as they are', () => {
  const weights = Float32Array.of(0.5, 0.5, 0, 1);
  expect(softLabelsOf(weights, 2, 2)).toEqual(weights);
  expect(softLabelsOf(weights, 2, 2)).not.toBe(weights);
  expect(softLabelsOf(1, 3, 2)).toEqual(Int32Array.of(1, 1, 1));
  expect(softLabelsOf(undefined, 3, 0)).toBeNull();
});

test.each([
  ['of other images', new Float32Array(3), 2, 'ERR_LABELS'],
  ['that are not finite', Float32Array.of(1, 0, Number.NaN, 0), 2, 'ERR_VALUE'],
  ['of a model without classes', new Float32Array(4), 0, 'ERR_LABELS'],
])('weights of classes %s are refused', (_, weights, classes, code) => {
  expect(() => softLabelsOf(weights, 2, classes)).toThrow(expect.objectContaining({ code }));
});
