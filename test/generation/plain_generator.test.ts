import { readCheckpoint } from '../../lib/checkpoint/checkpoint.js';
import { latentsOf } from '../../lib/generation/draw.js';
import { PlainGenerator } from '../../lib/generation/plain_generator.js';
import { GanTrainer } from '../../lib/index.js';
import { drawNormal } from '../../lib/latent/philox.js';
import { drawingTensors } from '../../lib/network/tensors.js';
import { using } from '../support/cleanup.js';

const worst = (a: Float32Array, b: Float32Array) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

test.each([
  ['the recipe', { features: 32 }],
  ['classes and an average', { features: 16, conditional: true, classes: 10, ema: 100 }],
  ['larger images in colour', { features: 16, imageSize: 48, channels: 3 }],
] as const)('JavaScript draws of %s what native code draws', async (_, options) => {
  const trainer = using(new GanTrainer({ batchSize: 8, seed: 5, device: 'cpu', ...options }));
  // A few steps, so that statistics and scales are not what they began with.
  const { imageSize, channels } = trainer.options;
  const images = Uint8Array.from({ length: 8 * imageSize ** 2 * channels }, (_, i) => (i * i) % 251);
  const labels = 'classes' in options ? { labels: [0, 1, 2, 3, 4, 5, 6, 7] } : {};
  for (let i = 0; i < 3; i++) await trainer.trainOnBatch(images, labels);
  const { state } = await readCheckpoint(await trainer.save());
  const plain = new PlainGenerator(trainer.options, drawingTensors(state));
  const drawn = await plain.generate([latentsOf(3, { seed: 11 }, trainer.options)]);
  const { data } = await trainer.generate(3, { seed: 11 });
  expect(drawn.length).toBe(data.length);
  expect(worst(drawn, data)).toBeLessThan(1e-4);
});

test('weights of classes are the class where one of them has all', async () => {
  const options = {
    seed: 5,
    batchSize: 8,
    features: 16,
    conditional: true,
    classes: 3,
    device: 'cpu',
  } as const;
  const trainer = using(new GanTrainer(options));
  const { state } = await readCheckpoint(await trainer.save());
  const plain = new PlainGenerator(trainer.options, drawingTensors(state));
  const of = (labels: Int32Array | Float32Array) => plain.generate([{ count: 2, from: 11, labels }]);
  const wanted = await of(Int32Array.of(2, 0));
  expect(await of(Float32Array.of(0, 0, 1, 1, 0, 0))).toEqual(wanted);
  expect(await of(Float32Array.of(0, 0.5, 0.5, 1, 0, 0))).not.toEqual(wanted);
});

test('numbers of a seed are the same from wherever they are begun', () => {
  const all = drawNormal(2 ** 40 + 3, 0, 50);
  expect(drawNormal(2 ** 40 + 3, 13, 20)).toEqual(all.subarray(13, 33));
  expect(drawNormal(4, 0, 50)).not.toEqual(all);
  const many = drawNormal(1, 0, 20_000);
  const mean = many.reduce((sum, value) => sum + value, 0) / many.length;
  expect(Math.abs(mean)).toBeLessThan(0.03);
  expect(many.reduce((sum, value) => sum + value ** 2, 0) / many.length).toBeCloseTo(1, 1);
});
