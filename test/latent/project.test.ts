import { Generator } from '../../lib/index.js';
import { using } from '../support/cleanup.js';
import { meanSquare, smallGenerator } from './support.js';

const few = { starts: 4, steps: 12 };

test('digits that the generator drew are found again', async () => {
  const generator = using(await Generator.load());
  const { data } = await generator.generate(3, { seed: 11 });
  const how = { seed: 1, starts: 8, steps: 200 };
  const { latents, labels, images, errors } = await generator.project(data, how);
  expect(labels).toBeNull();
  expect([latents.length, images.length]).toEqual([3 * generator.options.latentSize, data.length]);
  expect(Math.max(...errors)).toBeLessThan(2e-3);
  // They are what the latents draw, and as far from the pictures as is told.
  const { data: again } = await generator.generate(3, { noise: latents });
  expect(meanSquare(again, images)).toBeLessThan(1e-9);
  expect(meanSquare(images, data)).toBeCloseTo((errors[0]! + errors[1]! + errors[2]!) / 3, 6);
});

test('the same seed finds the same, byte by byte, and another seed something else', async () => {
  const generator = using(await Generator.load());
  const { data } = await generator.generate(2, { seed: 5 });
  const [one, two, other] = [
    await generator.project(data, { ...few, seed: 3 }),
    await generator.project(data, { ...few, seed: 3 }),
    await generator.project(data, { ...few, seed: 4 }),
  ];
  expect(two).toEqual(one);
  expect(other.latents).not.toEqual(one.latents);
});

test('searches that are asked for at once do not disturb each other', async () => {
  const generator = using(await Generator.load());
  const { data } = await generator.generate(2, { seed: 5 });
  const pictures = [data.slice(0, 784), data.slice(784)];
  const find = (picture: Float32Array) => generator.project(picture, { ...few, seed: 3 });
  const alone = [await find(pictures[0]!), await find(pictures[1]!)];
  expect(await Promise.all(pictures.map(find))).toEqual(alone);
});

test('of a model with classes they take the given ones, or try all', async () => {
  const generator = await smallGenerator();
  const { data } = await generator.generate(3, { seed: 2, labels: [2, 0, 1] });
  const given = await generator.project(data, { ...few, labels: [2, 0, 1] });
  expect(given.labels).toEqual(Int32Array.of(2, 0, 1));
  const tried = await generator.project(data, { ...few, starts: 6, seed: 1 });
  expect(tried.labels).toHaveLength(3);
  const { data: again } = await generator.generate(3, { noise: tried.latents, labels: tried.labels! });
  expect(meanSquare(again, tried.images)).toBeLessThan(1e-9);
  const one = await generator.project(data, { ...few, labels: 1 });
  expect(one.labels).toEqual(Int32Array.of(1, 1, 1));
});

test('progress is told up to the end, and an abort ends with its reason', async () => {
  const generator = await smallGenerator();
  const { data } = await generator.generate(2, { seed: 2 });
  const shares: number[] = [];
  const onProgress = ({ done, of }: { done: number; of: number }) => shares.push(done / of);
  await generator.project(data, { ...few, onProgress });
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  expect(shares.at(-1)).toBeCloseTo(1);
  const controller = new AbortController();
  const reason = new Error('enough');
  const stop = { signal: controller.signal, onProgress: () => controller.abort(reason) };
  await expect(generator.project(data, { ...few, ...stop })).rejects.toBe(reason);
  await expect(generator.project(data, { ...few, signal: controller.signal })).rejects.toBe(reason);
  // And the next search is as good as any.
  expect((await generator.project(data, few)).errors).toHaveLength(2);
});

test('what cannot be searched for is refused', async () => {
  const generator = await smallGenerator();
  const { data } = await generator.generate(1, { seed: 2 });
  const refusal = (pictures: Float32Array | Uint8Array, options: object) =>
    generator.project(pictures, options).then(
      () => 'found',
      ({ code }) => code,
    );
  expect(await refusal(data.slice(1), few)).toBe('ERR_SHAPE');
  expect(
    await refusal(
      data.map((value, i) => (i === 7 ? Number.NaN : value)),
      few,
    ),
  ).toBe('ERR_VALUE');
  expect(await refusal(data, { ...few, labels: [3] })).toBe('ERR_LABELS');
  expect(await refusal(data, { ...few, labels: [0, 1] })).toBe('ERR_LABELS');
  expect(await refusal(data, { starts: 0 })).toBe('ERR_OPTION');
  expect(await refusal(data, { steps: 1.5 })).toBe('ERR_OPTION');
  expect(await refusal(data, { start: 1 })).toBe('ERR_OPTION');
  expect(await refusal(data, { steps: 0 })).toBe('ERR_OPTION');
  expect(await refusal(data, { ...few, encoder: 'nowhere.safetensors' })).toBe('ERR_LATENTS');
  expect(await refusal(data, { ...few, features: 'nowhere.safetensors' })).toBe('ERR_FEATURES');
  generator.dispose();
  expect(await refusal(data, few)).toBe('ERR_DISPOSED');
});

test('a search that runs when its generator is disposed of ends with ERR_DISPOSED', async () => {
  const generator = await smallGenerator();
  const { data } = await generator.generate(1, { seed: 2 });
  const onProgress = () => generator.dispose();
  const searching = generator.project(data, { starts: 16, steps: 100_000, onProgress });
  await expect(searching).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
});
