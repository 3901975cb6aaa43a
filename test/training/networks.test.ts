import { join } from 'node:path';

import sharp = require('sharp');

import { GanTrainer, Generator, images, mnist, type TrainerOptions } from '../../lib/index.js';
import { temporaryDirectory, using } from '../support/cleanup.js';
import { smallMnist } from '../support/small_mnist.js';

const small = { batchSize: 4, seed: 1, threads: 1, features: 16 } as const;

/** Images of which no two are alike, each with a class. */
function coloured(imageSize: number, channels: number, count = 8) {
  const pixels = Uint8Array.from(
    { length: count * imageSize * imageSize * channels },
    (_, i) => (i * 7) % 253,
  );
  const labels = Array.from({ length: count }, (_, i) => i % 3);
  return images({ pixels, imageSize, channels, labels, classNames: ['red', 'green', 'blue'] });
}

const trainerOf = (options: TrainerOptions) => using(new GanTrainer({ ...small, ...options }));

describe('the size of images', () => {
  test('follows the data where it is not given, and is in what is saved', async () => {
    const directory = temporaryDirectory();
    const trainer = trainerOf({ data: coloured(32, 3) });
    await trainer.fit({ steps: 2, outDir: join(directory, 'run') });
    expect(trainer.options).toMatchObject({ imageSize: 32, channels: 3 });
    expect((await trainer.generate(2)).shape).toEqual([2, 32, 32, 3]);
    const generator = using(await Generator.load(join(directory, 'run')));
    const { width, height, channels } = await sharp(await generator.png(4, { gap: 0 })).metadata();
    expect([width, height, channels]).toEqual([64, 64, 3]);
    const resumed = using(await GanTrainer.resume(join(directory, 'run'), { data: coloured(32, 3) }));
    expect((await resumed.fit({ steps: 1 })).step).toBe(3);
  });

  test.each([
    ['other images than its options say', { imageSize: 28, channels: 1, data: coloured(32, 3) }],
    ['other channels', { channels: 1, data: coloured(28, 3) }],
  ])('refuses %s, and says what both are', async (_, options) => {
    await expect(trainerOf(options).fit({ steps: 1 })).rejects.toMatchObject({
      code: 'ERR_DATA_SHAPE',
      message: expect.stringMatching(/holds \d+×\d+ images.* and the networks take 28×28 images/),
    });
  });

  test('stands once the networks are there', async () => {
    const trainer = trainerOf({ data: coloured(32, 3) });
    await trainer.generate(1);
    await expect(trainer.fit({ steps: 1 })).rejects.toMatchObject({ code: 'ERR_DATA_SHAPE' });
  });

  test.each([30, 12, 512, 28.5, 0])('of %p is refused, naming those that there are', (imageSize) => {
    expect(() => trainerOf({ imageSize })).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }));
  });

  test('of a checkpoint cannot be changed', async () => {
    const path = join(temporaryDirectory(), 'a.safetensors');
    await trainerOf({ imageSize: 16 }).save(path);
    await expect(GanTrainer.load(path, { imageSize: 32 })).rejects.toMatchObject({
      code: 'ERR_CHECKPOINT_MISMATCH',
      message: expect.stringContaining("checkpoint's imageSize is 16, not 32"),
    });
  });

  test('may be of data that are no pictures, which are drawn as strips', async () => {
    const trainer = trainerOf({ data: coloured(16, 5) });
    await trainer.fit({ steps: 1 });
    const { width, height, channels } = await sharp(await trainer.png(1)).metadata();
    expect([width, height, channels]).toEqual([80, 16, 1]);
  });
});

describe('classes', () => {
  test('are learned from the labels of MNIST, whose digits can then be asked for', async () => {
    const trainer = trainerOf({ data: mnist({ split: 'test' }), conditional: true });
    await trainer.fit({ steps: 2 });
    expect(trainer.options).toMatchObject({ conditional: true, classes: 10 });
    const drawn = async (labels?: number) => (await trainer.generate(3, { seed: 5, labels })).data;
    expect(await drawn(7)).toEqual(await drawn(7));
    expect(await drawn(7)).not.toEqual(await drawn(8));
    const { data } = await trainer.generate(3, { seed: 5, labels: [7, 7, 7] });
    expect(await drawn(7)).toEqual(data);
    const logits = (label: number) => trainer.discriminate(data, { labels: [label, label, label] });
    expect(await logits(7)).not.toEqual(await logits(8));
  });

  test('have names, which a checkpoint keeps, and a row each in sample pictures', async () => {
    const outDir = join(temporaryDirectory(), 'run');
    const trainer = trainerOf({ data: coloured(16, 3), conditional: true });
    const { sample } = await trainer.fit({ steps: 1, outDir });
    const { width, height } = await sharp(sample!).metadata();
    expect([width, height]).toEqual([8 * 34 - 2, 3 * 34 - 2]);
    const generator = using(await Generator.load(outDir));
    expect(generator.options.classes).toBe(3);
  });

  test.each([
    ['data without labels', { data: smallMnist(8) }, 'ERR_LABELS', 'has no labels'],
    [
      'fewer classes than the labels have',
      { data: coloured(16, 3), classes: 2 },
      'ERR_LABELS',
      '3 classes, more than 2',
    ],
  ])('are refused with %s', async (_, options, code, said) => {
    const trainer = trainerOf({ ...options, conditional: true });
    await expect(trainer.fit({ steps: 1 })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(said),
    });
  });

  test('must be known before anything is drawn', async () => {
    await expect(trainerOf({ conditional: true }).generate(1)).rejects.toMatchObject({
      code: 'ERR_OPTION',
      message: expect.stringContaining("'classes' is missing"),
    });
  });

  test('are asked for with labels, and labels only where there are some', async () => {
    const images = new Uint8Array(4 * 784);
    const known = trainerOf({ conditional: true, classes: 3 });
    await expect(known.trainOnBatch(images)).rejects.toMatchObject({ code: 'ERR_LABELS' });
    await expect(known.generate(2, { labels: 3 })).rejects.toMatchObject({ code: 'ERR_LABELS' });
    expect(await known.trainOnBatch(images, { labels: [0, 1, 2, 0] })).toMatchObject({ penalty: 0 });
    const unknown = trainerOf({});
    await expect(unknown.trainOnBatch(images, { labels: [0, 1, 2, 0] })).rejects.toMatchObject({
      code: 'ERR_LABELS',
    });
  });

  test('are no more than a model has room for', async () => {
    const pixels = new Uint8Array(8 * 784);
    const data = images({ pixels, labels: Array.from({ length: 8 }, (_, i) => i * 9_000) });
    await expect(trainerOf({ data, conditional: true }).fit({ steps: 1 })).rejects.toMatchObject({
      code: 'ERR_LABELS',
      message: expect.stringContaining('63001 classes, more than 4096'),
    });
  });
});

describe('objectives', () => {
  test.each([
    ['hinge', {}],
    ['lsgan', { labelSmoothing: 0 }],
    ['wasserstein', { gradientPenalty: 10 }],
    ['relativistic', { r1: 1, r2: 1, ema: 100, augment: ['translate', 'cutout', 'colour'] }],
    ['bce', { labelSmoothing: 0.1, spectralNorm: true, discriminatorSteps: 2 }],
  ] as [TrainerOptions['objective'], TrainerOptions][])(
    '%s trains, and tells its penalties',
    async (objective, options) => {
      const outDir = join(temporaryDirectory(), 'run');
      const trainer = trainerOf({ data: smallMnist(16), objective, ...options });
      const steps: object[] = [];
      await trainer.fit(1, {
        outDir,
        logEvery: 1,
        onEvent: (event) => void (event.type === 'step' && steps.push(event)),
      });
      const isPenalised = Boolean(options.r1 ?? options.gradientPenalty);
      expect(steps).toHaveLength(4);
      for (const step of steps) expect('penalty' in step).toBe(isPenalised);
      const loaded = using(await GanTrainer.load(outDir, { data: smallMnist(16) }));
      expect(await loaded.generate(3, { seed: 2 })).toEqual(await trainer.generate(3, { seed: 2 }));
    },
  );

  test.each([
    [{ objective: 'hinge', labelSmoothing: 0.1 }, "'labelSmoothing' and 'objective' contradict"],
    [{ classes: 10 }, "'classes' and 'conditional' contradict"],
    [{ finalLearningRate: 1e-5 }, "'finalLearningRate' and 'schedule' contradict"],
    [{ scheduleSteps: 100 }, "'scheduleSteps' and 'schedule' contradict"],
    [{ schedule: 'cosine', scheduleSteps: 9, finalR1: 1 }, "'finalR1' and 'r1' contradict"],
    [{ augment: ['mirror'] }, "'augment.0' is wrong"],
    [{ features: 24 }, 'multiple of 16'],
    [{ objective: 'gan' }, "'objective' is wrong"],
    [{ r1: -1 }, "'r1' is wrong"],
    [{ r1: Number.NaN }, "'r1' is wrong"],
  ])('%p is refused with a sentence', (options, said) => {
    expect(() => trainerOf(options as TrainerOptions)).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION', message: expect.stringContaining(said) }),
    );
  });

  test('a cosine without an end ends with the first training', async () => {
    const trainer = trainerOf({ data: smallMnist(16), schedule: 'cosine', finalLearningRate: 1e-6 });
    await trainer.fit(3);
    expect(trainer.options.scheduleSteps).toBe(12);
    const begun = trainerOf({ schedule: 'cosine', finalLearningRate: 1e-6 });
    await expect(begun.generate(1)).rejects.toMatchObject({
      code: 'ERR_OPTION',
      message: expect.stringContaining("'scheduleSteps' is missing"),
    });
  });

  test('an average begins with the generator of a checkpoint that had none, and is left out by a model without', async () => {
    const path = join(temporaryDirectory(), 'a.safetensors');
    const plain = trainerOf({ data: smallMnist(16) });
    await plain.fit({ steps: 2 });
    await plain.save(path);
    const averaged = using(await GanTrainer.load(path, { ema: 1e6, data: smallMnist(16) }));
    expect(await averaged.generate(2, { seed: 1 })).toEqual(await plain.generate(2, { seed: 1 }));
    await averaged.fit({ steps: 1 });
    await averaged.save(path);
    const without = using(await GanTrainer.load(path, { ema: 0 }));
    expect(await without.generate(2, { seed: 1 })).not.toEqual(await averaged.generate(2, { seed: 1 }));
  });

  test('no average can be set where there is none', async () => {
    const tensor = { data: new Float32Array(16), shape: [16] };
    await expect(trainerOf({}).setWeights({ 'ema.generator.norm3.weight': tensor })).rejects.toMatchObject({
      code: 'ERR_SHAPE',
    });
  });

  test('both networks can have rates of their own, which checkpoints keep', async () => {
    const trainer = trainerOf({ data: smallMnist(16) });
    await trainer.setLearningRate({ generator: 1e-3, discriminator: 1e-5 });
    await trainer.fit({ steps: 1 });
    const loaded = using(await GanTrainer.load(await trainer.save()));
    expect(loaded.options).toMatchObject({ learningRateGenerator: 1e-3, learningRateDiscriminator: 1e-5 });
  });
});
