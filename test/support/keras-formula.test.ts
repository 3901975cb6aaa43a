import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formulaChecksum, formulaImages, formulaNoise, formulaTensor } from './keras-formula.js';

interface Recorded {
  readonly shape: readonly number[];
  readonly first: readonly number[];
  readonly last: readonly number[];
  readonly checksum: number;
}

const path = join(__dirname, '..', 'fixtures', 'keras-step.json');
const { formula } = JSON.parse(readFileSync(path, 'utf8')) as { formula: Record<string, Recorded> };

const arrays = Object.entries(formula);

function compute(name: string, shape: readonly number[]): Float32Array | Uint8Array {
  const step = Number(name.split('.')[1]);
  if (name.startsWith('images.')) return formulaImages(step);
  return name.startsWith('noise.') ? formulaNoise(step) : formulaTensor(name, shape);
}

describe('the formula of the Keras fixture', () => {
  test('covers 22 tensors, and images and noise of three steps', () => {
    expect(arrays).toHaveLength(22 + 3 + 3);
  });

  test.each(arrays)('gives %s the ends that Python recorded', (name, { shape, first, last }) => {
    const values = compute(name, shape);
    // Nine digits of a float32 name it: rounding them to float32 gives it back.
    const ends = [...values.subarray(0, 3), ...values.subarray(-3)];
    expect(ends).toEqual([...first, ...last].map(Math.fround));
  });

  test.each(arrays)(
    'gives every element of %s the bits that Python computed',
    (name, { shape, checksum }) => {
      expect(formulaChecksum(compute(name, shape))).toBe(checksum);
    },
  );
});
