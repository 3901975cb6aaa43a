import ort = require('onnxruntime-web');

import { GanTrainer, type Weights } from '../../lib/index.js';
import { encodeOnnx } from '../../lib/interop/onnx.js';
import { formulaTensor } from '../support/keras-formula.js';

// onnxruntime-web starts a pool of threads otherwise, which keeps jest from ending.
ort.env.wasm.numThreads = 1;

interface Model {
  readonly trainer: GanTrainer;
  readonly weights: Weights;
}

const models: Model[] = [];

/** A model whose every tensor matters: scales, shifts and statistics are not those of a new one. */
async function makeModel(latentSize: number): Promise<Model> {
  const trainer = new GanTrainer({ latentSize, seed: 0, device: 'cpu' });
  const made = Object.entries(await trainer.weights()).map(
    ([name, { shape }]) => [name, { shape, data: formulaTensor(name, shape) }] as const,
  );
  const weights = Object.fromEntries(made);
  await trainer.setWeights(weights);
  const model = { trainer, weights };
  models.push(model);
  return model;
}

let usual: Model;
beforeAll(async () => {
  usual = await makeModel(100);
});
afterAll(() => {
  for (const { trainer } of models) trainer.dispose();
});

/** What ONNX Runtime makes of one input of shape [n, …item]. */
async function run(file: Uint8Array, input: string, item: readonly number[], data: Float32Array) {
  const session = await ort.InferenceSession.create(file);
  const count = data.length / item.reduce((product, size) => product * size, 1);
  const result = await session.run({ [input]: new ort.Tensor('float32', data, [count, ...item]) });
  await session.release();
  return (result.images ?? result.logits)!.data as Float32Array;
}

function noiseOf(count: number, latentSize = 100): Float32Array {
  return Float32Array.from({ length: count * latentSize }, (_, i) => 2 * Math.sin(i * i));
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a).toHaveLength(b.length);
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0);
}

describe('in ONNX Runtime', () => {
  it.each([1, 3])('the generator draws the images of generate, %i at once', async (count) => {
    const { trainer, weights } = usual;
    const noise = noiseOf(count);
    const images = await run(encodeOnnx('generator', weights), 'z', [100], noise);
    const ours = await trainer.generate(count, { noise });
    expect(largestDifference(images, ours.data)).toBeLessThan(1e-5);
  });

  it('the generator takes latent vectors of the length that it was trained with', async () => {
    const { trainer, weights } = await makeModel(7);
    const noise = noiseOf(2, 7);
    const images = await run(encodeOnnx('generator', weights), 'z', [7], noise);
    expect(largestDifference(images, (await trainer.generate(2, { noise })).data)).toBeLessThan(1e-5);
  });

  it.each([1, 3])('the discriminator gives the logits of discriminate, %i at once', async (count) => {
    const { trainer, weights } = usual;
    const images = noiseOf(count, 784).map(Math.tanh);
    const logits = await run(encodeOnnx('discriminator', weights), 'images', [28, 28, 1], images);
    expect(largestDifference(logits, await trainer.discriminate(images))).toBeLessThan(1e-5);
  });

  it.each([
    ['generator', ['N', 100], ['N', 28, 28, 1]],
    ['discriminator', ['N', 28, 28, 1], ['N', 1]],
  ] as const)('the %s says its shapes, the number of images open', async (network, input, output) => {
    const { weights } = usual;
    const session = await ort.InferenceSession.create(encodeOnnx(network, weights));
    const shapes = [...session.inputMetadata, ...session.outputMetadata].map(
      (each) => each.isTensor && each.shape,
    );
    await session.release();
    expect(shapes).toEqual([input, output]);
  });
});

describe('encodeOnnx', () => {
  it('makes the same bytes of the same weights', () => {
    const { weights } = usual;
    const [once, again] = [encodeOnnx('generator', weights), encodeOnnx('generator', weights)];
    expect(Buffer.compare(once, again)).toBe(0);
  });

  it('refuses weights that lack a tensor, and names it', () => {
    const { weights } = usual;
    const { 'generator.norm2.bias': _, ...rest } = weights;
    expect(() => encodeOnnx('generator', rest)).toThrow(
      expect.objectContaining({ code: 'ERR_SHAPE', value: 'generator.norm2.bias' }),
    );
  });
});
