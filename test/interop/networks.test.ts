import { join } from 'node:path';

import ort = require('onnxruntime-web');

import { readCheckpoint } from '../../lib/checkpoint/checkpoint.js';
import { GanTrainer, images, type TrainerOptions } from '../../lib/index.js';
import { encodeOnnx } from '../../lib/interop/onnx.js';
import { exportedTensors } from '../../lib/network/tensors.js';
import { temporaryDirectory, using } from '../support/cleanup.js';

// onnxruntime-web starts a pool of threads otherwise, which keeps jest from ending.
ort.env.wasm.numThreads = 1;

const narrow = { batchSize: 4, seed: 3, threads: 1, features: 16, latentSize: 9 } as const;

const networks: [string, TrainerOptions][] = [
  ['64×64 in colour', { imageSize: 64, channels: 3 }],
  ['16×16 with classes', { imageSize: 16, conditional: true, classes: 5 }],
  [
    '24×24 in colour with classes, normalised and averaged',
    {
      imageSize: 24,
      channels: 3,
      conditional: true,
      classes: 3,
      spectralNorm: true,
      ema: 50,
    },
  ],
];

/** A trainer that took some steps, and what its checkpoint holds. */
async function trained(options: TrainerOptions) {
  const { imageSize = 28, channels = 1, classes = 0 } = options;
  const pixels = Uint8Array.from({ length: 8 * imageSize * imageSize * channels }, (_, i) => (i * 31) % 256);
  const labels = Array.from({ length: 8 }, (_, i) => i % Math.max(1, classes));
  const data = images({ pixels, imageSize, channels, ...(classes > 0 && { labels }) });
  const trainer = using(new GanTrainer({ ...narrow, ...options, data, learningRate: 1e-3 }));
  await trainer.fit({ steps: 4 });
  const checkpoint = await readCheckpoint(await trainer.save());
  return { trainer, checkpoint, weights: exportedTensors(checkpoint.state) };
}

// A copy, because the runtime takes no arrays of another realm.
const tensor = (data: Float32Array, shape: readonly number[]) =>
  new ort.Tensor('float32', Float32Array.from(data), shape);

/** A 1 at the class of each. */
function oneHot(labels: readonly number[], classes: number): Float32Array {
  return Float32Array.from({ length: labels.length * classes }, (_, i) =>
    labels[Math.floor(i / classes)] === i % classes ? 1 : 0,
  );
}

const largest = (a: Float32Array, b: Float32Array) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), a.length === b.length ? 0 : Infinity);

describe.each(networks)('networks of %s', (_, options) => {
  const count = 3;
  const { classes = 0 } = options;
  const labels = Array.from({ length: count }, (_, i) => (i * 2) % Math.max(1, classes));
  const ofClasses = classes > 0 ? { labels } : {};

  test('draw and judge alike in ONNX Runtime', async () => {
    const { trainer, weights } = await trained(options);
    const noise = Float32Array.from({ length: count * 9 }, (_, i) => Math.sin(i * i));
    const drawn = await trainer.generate(count, { noise, ...ofClasses });
    const logits = await trainer.discriminate(drawn.data, ofClasses);
    const given: Record<string, ort.Tensor> =
      classes > 0 ? { labels: tensor(oneHot(labels, classes), [count, classes]) } : {};
    const generator = await ort.InferenceSession.create(encodeOnnx('generator', weights));
    const found = await generator.run({ z: tensor(noise, [count, 9]), ...given });
    expect(found.images!.dims).toEqual(drawn.shape);
    expect(largest(found.images!.data as Float32Array, drawn.data)).toBeLessThan(1e-4);
    const discriminator = await ort.InferenceSession.create(encodeOnnx('discriminator', weights));
    const judged = await discriminator.run({ images: tensor(drawn.data, drawn.shape), ...given });
    expect(largest(judged.logits!.data as Float32Array, logits)).toBeLessThan(1e-4);
    await Promise.all([generator.release(), discriminator.release()]);
  });

  test('come back from files of Keras and of PyTorch as they were', async () => {
    const directory = temporaryDirectory();
    const { trainer } = await trained(options);
    const { imageSize, channels = 1, features, latentSize } = trainer.options;
    const sizes = { imageSize, channels, features, latentSize, classes, conditional: classes > 0 };
    const keras = using(await GanTrainer.importKeras(await trainer.exportKeras(directory), { threads: 1 }));
    const file = join(directory, 'weights.safetensors');
    await trainer.exportSafetensors(file);
    const pytorch = using(await GanTrainer.importSafetensors(file, { threads: 1 }));
    const drawn = await trainer.generate(count, { seed: 1, ...ofClasses });
    const logits = await trainer.discriminate(drawn.data, ofClasses);
    for (const imported of [keras, pytorch]) {
      expect(imported.options).toMatchObject(sizes);
      expect(await imported.generate(count, { seed: 1, ...ofClasses })).toEqual(drawn);
      expect(largest(await imported.discriminate(drawn.data, ofClasses), logits)).toBeLessThan(1e-6);
    }
  });
});
