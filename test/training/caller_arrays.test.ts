import { join } from 'node:path';
import { GanTrainer, Generator } from '../../lib/index.js';
import { temporaryDirectory, using } from '../support/cleanup.js';

// A trainer that was just made opens native code first, which takes a while.
const fresh = () => using(new GanTrainer({ batchSize: 4, latentSize: 8, seed: 3, device: 'cpu' }));
const images = () => Float32Array.from({ length: 4 * 784 }, (_, i) => Math.sin(i));
const latents = (count = 4) => Float32Array.from({ length: count * 8 }, (_, i) => Math.cos(i));

/** Fills the arrays as soon as the call has returned. */
function overwrite<T>(result: Promise<T>, ...arrays: readonly Float32Array[]): Promise<T> {
  for (const array of arrays) array.fill(Number.NaN);
  return result;
}

describe('an array may be used again as soon as the call has returned', () => {
  test('of trainOnBatch, images and noise', async () => {
    const [batch, noise] = [images(), latents()];
    const losses = await overwrite(fresh().trainOnBatch(batch, { noise }), batch, noise);
    expect(losses).toEqual(await fresh().trainOnBatch(images(), { noise: latents() }));
  });

  test('of generate', async () => {
    const noise = latents(3);
    const { data } = await overwrite(fresh().generate(3, { noise }), noise);
    expect(data).toEqual((await fresh().generate(3, { noise: latents(3) })).data);
  });

  test('of discriminate', async () => {
    const batch = images();
    const logits = await overwrite(fresh().discriminate(batch), batch);
    expect(logits).toEqual(await fresh().discriminate(images()));
  });

  test('of setWeights', async () => {
    const trainer = fresh();
    const bias = Float32Array.of(0.25);
    await overwrite(trainer.setWeights({ 'discriminator.dense.bias': { data: bias, shape: [1] } }), bias);
    expect((await trainer.weights())['discriminator.dense.bias']!.data[0]).toBe(0.25);
  });

  test('of a generator’s generate, also while others draw', async () => {
    const path = join(temporaryDirectory(), 'fresh.safetensors');
    await fresh().save(path);
    const generator = using(await Generator.load(path, { device: 'cpu' }));
    const [a, b] = [latents(2), latents(2)];
    const drawn = [generator.generate(2, { noise: a }), generator.generate(2, { noise: b })];
    await overwrite(Promise.all(drawn), a, b);
    const again = (await generator.generate(2, { noise: latents(2) })).data;
    for (const { data } of await Promise.all(drawn)) expect(data).toEqual(again);
  });
});
