import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeSafetensors } from '../../lib/checkpoint/safetensors.js';
import { readDirections, readLatents, writeDirections, writeLatents } from '../../lib/index.js';
import { foundBeside } from '../../lib/latent/beside.js';
import { directionIn, directionsName } from '../../lib/latent/directions_file.js';
import { latentsOfExpression } from '../../lib/latent/expression.js';
import { latentsOfSeeds } from '../../lib/latent/given.js';
import { latentsIn } from '../../lib/latent/latents_file.js';
import { encodeNpy } from '../../lib/latent/npy.js';
import { normOf, withNorm } from '../../lib/latent/vectors.js';
import { temporaryDirectory } from '../support/cleanup.js';

const latents = latentsOfSeeds([1, 2, 3], 100);
const saved = { latents, latentSize: 100, labels: null, generator: 'a' };
const directions = {
  generator: 'a',
  latentSize: 100,
  directions: [
    {
      name: 'slant',
      vector: withNorm(latents.slice(0, 100), 1),
      report: {
        measure: 'slant',
        latents: 500,
        means: [-3, -2, -1, 0, 1, 2, 3],
        spread: 0.2,
        monotone: 1,
        classStays: null,
      },
    },
    { name: 'mine', vector: withNorm(latents.slice(100, 200), 1), report: null },
  ],
};
const at = (name: string) => join(temporaryDirectory(), name);
const refused = expect.objectContaining({ code: 'ERR_LATENTS', message: expect.stringMatching(/\.$/) });

describe('a file of latent vectors', () => {
  test.each([
    ['without labels', null],
    ['with classes', Int32Array.of(3, 1, 4)],
    ['with weights of classes', Float32Array.of(0.5, 0.5, 1, 0, 0, 1)],
  ])('%s is read as it was written', async (_, labels) => {
    const path = at('z.safetensors');
    await writeLatents(path, { ...saved, labels });
    expect(await readLatents(path)).toEqual({ ...saved, labels });
  });

  test('for NumPy keeps the vectors', async () => {
    const path = at('z.npy');
    await writeLatents(path, saved);
    expect(await readLatents(path)).toEqual({ ...saved, generator: null });
    // What NumPy itself writes of such an array begins so.
    expect(readFileSync(path).toString('latin1', 10, 128).trimEnd()).toBe(
      "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 100), }",
    );
    expect(readFileSync(path)).toHaveLength(128 + 4 * 300);
  });

  test('written twice has the same bytes', async () => {
    const [one, two] = [at('z.safetensors'), at('z.safetensors')];
    await writeLatents(one, saved);
    await writeLatents(two, saved);
    expect(readFileSync(two)).toEqual(readFileSync(one));
  });

  test('of another generator is refused, one that names none is not', async () => {
    const [path, npy] = [at('z.safetensors'), at('z.npy')];
    await writeLatents(path, saved);
    await writeLatents(npy, saved);
    await expect(latentsIn(path, 100, 'b')).rejects.toEqual(refused);
    expect((await latentsIn(npy, 100, 'b')).latents).toEqual(latents);
  });

  test('of another latent size is refused', async () => {
    const path = at('z.npy');
    await writeLatents(path, saved);
    await expect(latentsIn(path, 50, 'a')).rejects.toEqual(refused);
  });

  test.each<[string, (path: string) => void]>([
    ['is not there', () => undefined],
    ['is a directory', (path) => mkdirSync(path)],
    ['is a pipe', (path) => execFileSync('mkfifo', [path])],
    ['is text', (path) => writeFileSync(path, 'latents')],
    ['is empty', (path) => writeFileSync(path, '')],
    [
      'is too large',
      (path) => {
        writeFileSync(path, '');
        truncateSync(path, 300e6);
      },
    ],
    [
      'is of another kind',
      (path) => writeFileSync(path, Buffer.concat(encodeSafetensors({}, { format: 'other' }))),
    ],
    [
      'has no latent vectors',
      (path) =>
        writeFileSync(
          path,
          Buffer.concat(encodeSafetensors({}, { format: 'dcgan-native-latents', format_version: '1' })),
        ),
    ],
    [
      'holds a NaN',
      (path) =>
        writeFileSync(
          path,
          Buffer.concat(
            encodeSafetensors(
              { latents: { data: Float32Array.of(Number.NaN), shape: [1, 1] } },
              { format: 'dcgan-native-latents', format_version: '1' },
            ),
          ),
        ),
    ],
  ])('that %s is refused', async (_, make) => {
    const path = at('z.safetensors');
    make(path);
    await expect(readLatents(path)).rejects.toEqual(refused);
  });

  const npy = Buffer.concat(encodeNpy({ data: new Float32Array(4), shape: [2, 2] }));
  const changed = (from: string, to: string) =>
    Buffer.from(npy.toString('latin1').replace(from, to), 'latin1');
  test.each([
    ['of doubles', changed('<f4', '<f8'), "astype('<f4')"],
    ['whose columns come first', changed('False', 'True '), 'ascontiguousarray'],
    ['that is cut short', npy.subarray(0, -1), 'disagree'],
    ['of version 2', changed('NUMPY\x01', 'NUMPY\x02'), 'version 2'],
    ['that is none', Buffer.from('hello'), 'no file of NumPy'],
  ])('of NumPy %s is refused', async (_, bytes, said) => {
    const path = at('z.npy');
    writeFileSync(path, bytes);
    await expect(readLatents(path)).rejects.toMatchObject({
      code: 'ERR_LATENTS',
      message: expect.stringContaining(said),
    });
  });

  test('of numbers that make no whole vectors is not written', async () => {
    await expect(writeLatents(at('z.npy'), { ...saved, latentSize: 7 })).rejects.toMatchObject({
      code: 'ERR_SHAPE',
    });
  });
});

describe('a file of directions', () => {
  test('is read as it was written', async () => {
    const path = at('directions.safetensors');
    await writeDirections(path, directions);
    expect(await readDirections(path)).toEqual(directions);
  });

  test('is found in the run of a checkpoint, and beside a file', async () => {
    const run = temporaryDirectory();
    mkdirSync(join(run, 'checkpoints'));
    const path = join(run, directionsName);
    const checkpoints = [join(run, 'a.safetensors'), join(run, 'checkpoints', 'a.safetensors')];
    for (const checkpoint of checkpoints) writeFileSync(checkpoint, '');
    const found = () => Promise.all(checkpoints.map((each) => foundBeside(each, directionsName)));
    expect(await found()).toEqual([null, null]);
    await writeDirections(path, directions);
    expect(await found()).toEqual([path, path]);
    expect(await foundBeside(join(run, 'b.safetensors'), directionsName)).toBe(null);
  });

  test('gives a direction by its name, and says which there are', async () => {
    expect(directionIn('d', directions, 'slant', 'a').vector).toEqual(directions.directions[0]!.vector);
    expect(() => directionIn('d', directions, 'smile', 'a')).toThrow('slant, mine');
    expect(() => directionIn('d', directions, 'smile', 'a')).toThrow(refused);
  });

  test('of another generator is refused', () => {
    expect(() => directionIn('d', directions, 'slant', 'b')).toThrow(refused);
  });

  test.each([
    ['text', Buffer.from('directions')],
    [
      'a direction of another length than 1',
      Buffer.concat(
        encodeSafetensors(
          { slant: { data: Float32Array.of(1, 1), shape: [2] } },
          { format: 'dcgan-native-directions', format_version: '1', generator: 'a', reports: '{}' },
        ),
      ),
    ],
    [
      'reports that are none',
      Buffer.concat(
        encodeSafetensors(
          { slant: { data: Float32Array.of(1, 0), shape: [2] } },
          { format: 'dcgan-native-directions', format_version: '1', generator: 'a', reports: '{"slant":3}' },
        ),
      ),
    ],
  ])('of %s is refused', async (_, bytes) => {
    const path = at('directions.safetensors');
    writeFileSync(path, bytes);
    await expect(readDirections(path)).rejects.toEqual(refused);
  });
});

describe('an expression', () => {
  const place = { latentSize: 100, generator: 'a' };

  test('of a seed is its latent vector', async () => {
    const { latents: z, labels } = await latentsOfExpression('2', place);
    expect([z, labels]).toEqual([latents.slice(100, 200), null]);
  });

  test('of a sum has the norm of its first term', async () => {
    const { latents: z } = await latentsOfExpression('1 - 2 + 3', place);
    expect(normOf(z)).toBeCloseTo(normOf(latents.slice(0, 100)), 4);
    const factor = z[0]! / (latents[0]! - latents[100]! + latents[200]!);
    expect(z[5]! / (latents[5]! - latents[105]! + latents[205]!)).toBeCloseTo(factor, 4);
  });

  test('of what was added and taken away is what was there', async () => {
    const { latents: z } = await latentsOfExpression('1 + 2 - 2', place);
    for (const [i, number] of z.entries()) expect(number).toBeCloseTo(latents[i]!, 5);
  });

  test('of files takes all vectors, or one, with their classes', async () => {
    const path = at('z.safetensors');
    await writeLatents(path, { ...saved, labels: Int32Array.of(3, 1, 4) });
    const all = await latentsOfExpression(path, place);
    expect([all.latents, all.labels]).toEqual([latents, Int32Array.of(3, 1, 4)]);
    const one = await latentsOfExpression(`${path}[1]`, place);
    expect([one.latents, one.labels]).toEqual([latents.slice(100, 200), Int32Array.of(1)]);
    expect((await latentsOfExpression(`7 + ${path}`, place)).latents).toHaveLength(300);
    const alike = await latentsOfExpression(`${path}[1] + ${path}`, place);
    expect(alike.labels).toEqual(Int32Array.of(1, 1, 1));
  });

  test.each(['', '1-2', '1 * 2', 'x.txt', '1 + ', '-1', '1.5'])('%j is refused', async (text) => {
    await expect(latentsOfExpression(text, place)).rejects.toMatchObject({ code: 'ERR_OPTION' });
  });

  test('refuses a vector that a file does not have', async () => {
    const path = at('z.npy');
    await writeLatents(path, saved);
    await expect(latentsOfExpression(`${path}[3]`, place)).rejects.toMatchObject({ code: 'ERR_OPTION' });
  });
});
