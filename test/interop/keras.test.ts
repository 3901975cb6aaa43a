import { join } from 'node:path';
import { GanTrainer, type Weights } from '../../lib/index.js';
import { importKeras } from '../../lib/interop/import.js';
import { readDiscriminator, readGenerator } from '../../lib/interop/keras_read.js';
import { temporaryDirectory, using } from '../support/cleanup.js';
import {
  changedFile,
  differing,
  drawn,
  dropout,
  type KerasVersion,
  kerasFiles,
  kerasWeights,
  latentSize,
  redescribedFile,
  setAttribute,
} from './keras_models.js';

const largestDifference = (a: ArrayLike<number>, b: readonly number[]) =>
  b.reduce((most, value, i) => Math.max(most, Math.abs(value - a[i]!)), 0);

const versions: KerasVersion[] = ['2', '3'];

describe.each(versions)('files of Keras %s', (version) => {
  it('give every weight that Keras saved, bit for bit', async () => {
    const { generator, discriminator } = kerasFiles(version);
    const weights: Weights = {
      ...(await readGenerator(generator)),
      ...(await readDiscriminator(discriminator)).weights,
    };
    expect(differing(weights, kerasWeights())).toEqual([]);
  });

  it('give the latent size and the dropout rate', async () => {
    const { options } = await importKeras(kerasFiles(version));
    expect(options).toMatchObject({ latentSize, dropout });
  });

  it('draw what Keras draws', async () => {
    const trainer = using(await GanTrainer.importKeras(kerasFiles(version)));
    const { data } = await trainer.generate(2, { noise: Float32Array.from(drawn.noise) });
    expect(drawn.images.some((pixel) => pixel > 0.2)).toBe(true);
    const kept = data.filter((_, i) => i % drawn.stride === 0);
    expect(largestDifference(kept, drawn.images)).toBeLessThan(1e-5);
  });

  it('judge images as Keras does', async () => {
    const trainer = using(await GanTrainer.importKeras(kerasFiles(version)));
    const { data } = await trainer.generate(2, { noise: Float32Array.from(drawn.noise) });
    expect(largestDifference(await trainer.discriminate(data), drawn.logits)).toBeLessThan(1e-5);
  });
});

it('training goes on from imported files with fresh optimisers, as from the same weights in a new model', async () => {
  const options = { batchSize: 4, seed: 5, dropout: 0, device: 'cpu' };
  const imported = using(await GanTrainer.importKeras(kerasFiles('3'), options));
  const fresh = using(new GanTrainer({ ...options, latentSize }));
  await fresh.setWeights(kerasWeights());
  const images = Uint8Array.from({ length: 4 * 784 }, (_, i) => i % 251);
  for (const step of [1, 2]) {
    expect(await imported.trainOnBatch(images)).toEqual(await fresh.trainOnBatch(images));
    expect(imported.step).toBe(step);
  }
  expect(differing(await imported.weights(), await fresh.weights())).toEqual([]);
});

it('options given to an import win over what the files say', async () => {
  const { options } = await GanTrainer.importKeras(kerasFiles('2'), { dropout: 0, seed: 3, batchSize: 7 });
  expect(options).toMatchObject({ dropout: 0, seed: 3, batchSize: 7, latentSize });
});

it('what is exported and imported again is the same, bit for bit', async () => {
  const trainer = using(
    new GanTrainer({ batchSize: 2, latentSize: 3, dropout: 0.1, seed: 9, device: 'cpu' }),
  );
  await trainer.trainOnBatch(new Uint8Array(2 * 784).fill(200));
  const again = using(await GanTrainer.importKeras(await trainer.exportKeras(temporaryDirectory())));
  expect(differing(await again.weights(), await trainer.weights())).toEqual([]);
  expect(again.options).toMatchObject({ latentSize: 3, dropout: 0.1 });
});

it('an export makes its directory, and names both files as the reference program does', async () => {
  const directory = join(temporaryDirectory(), 'a', 'b');
  const trainer = using(await GanTrainer.importKeras(kerasFiles('3')));
  expect(await trainer.exportKeras(directory)).toEqual({
    generator: join(directory, 'generator_model.h5'),
    discriminator: join(directory, 'discriminator_model.h5'),
  });
});

it('an export says nothing that only one of Keras 2 and Keras 3 takes', async () => {
  const trainer = using(await GanTrainer.importKeras(kerasFiles('3')));
  const files = await trainer.exportKeras(temporaryDirectory());
  for (const file of Object.values(files)) {
    await redescribedFile(file, join(temporaryDirectory(), 'copy.h5'), ({ config }) => {
      const keys = new Set(config.layers.flatMap((layer) => Object.keys(layer.config)));
      expect([...keys].filter((key) => /alpha|slope|batch_shape|^trainable$/.test(key))).toEqual([]);
    });
  }
});

it('a discriminator without dropout layers has dropout 0', async () => {
  const path = join(temporaryDirectory(), 'd.h5');
  await redescribedFile(kerasFiles('3').discriminator, path, ({ config }) => {
    config.layers = config.layers.filter(({ class_name }) => class_name !== 'Dropout');
  });
  expect((await readDiscriminator(path)).dropout).toBe(0);
});

it('a model without an input layer, as older Keras describes it, is read', async () => {
  const path = join(temporaryDirectory(), 'g.h5');
  await redescribedFile(kerasFiles('2').generator, path, ({ config }) => {
    config.layers.shift();
  });
  expect((await readGenerator(path))['generator.dense.weight']!.shape).toEqual([12544, latentSize]);
});

it('layers and tensors may have any names', async () => {
  const path = join(temporaryDirectory(), 'd.h5');
  await changedFile(kerasFiles('2').discriminator, path, (root) => {
    const group = root.get('model_weights/conv2d') as typeof root;
    const data = new Float32Array(64).fill(2);
    group.create_dataset({ name: 'anything', data, shape: [64], dtype: '<f' });
    setAttribute(group, 'weight_names', ['conv2d/kernel:0', 'anything'], [2]);
  });
  const { weights } = await readDiscriminator(path);
  expect(weights['discriminator.conv1.bias']!.data.every((value) => value === 2)).toBe(true);
});

it('two files that are swapped are told to be', async () => {
  const { generator, discriminator } = kerasFiles('3');
  await expect(importKeras({ generator: discriminator, discriminator: generator })).rejects.toMatchObject({
    code: 'ERR_IMPORT_MISMATCH',
    message: `The two files are swapped: ${discriminator} holds the discriminator, and ${generator} the generator. Name the generator first.`,
  });
});

it('one file in both places is not called swapped', async () => {
  const { discriminator } = kerasFiles('3');
  await expect(importKeras({ generator: discriminator, discriminator })).rejects.toMatchObject({
    code: 'ERR_IMPORT_MISMATCH',
    message: expect.stringContaining(`${discriminator} holds another network: `),
  });
});
