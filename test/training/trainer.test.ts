import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DcganError, GanTrainer, Generator, type TrainEvent, type TrainerOptions } from '../../lib/index.js';
import { temporaryDirectory, using } from '../support/cleanup.js';
import { smallMnist } from '../support/small_mnist.js';

const small = (options: TrainerOptions = {}) =>
  using(new GanTrainer({ batchSize: 8, seed: 7, data: smallMnist(32), ...options }));

const finite = (numbers: ArrayLike<number>) => Array.from(numbers).every(Number.isFinite);

describe('fit', () => {
  it('trains n more epochs each time', async () => {
    const trainer = small();
    expect(await trainer.fit(1)).toMatchObject({ step: 4, epoch: 1, steps: 4 });
    expect(await trainer.fit(2)).toMatchObject({ step: 12, epoch: 3, steps: 8 });
    expect(trainer.step).toBe(12);
  });

  it('takes at most the steps it is told', async () => {
    expect(await small().fit(5, { steps: 3 })).toMatchObject({ step: 3, steps: 3 });
  });

  it('is an async iterable of events as well as a promise', async () => {
    const types: string[] = [];
    const run = small().fit(2, { logEvery: 2 });
    for await (const event of run) types.push(event.type);
    expect(types).toEqual(['start', 'step', 'step', 'epoch', 'step', 'step', 'epoch', 'end']);
    expect((await run).steps).toBe(8);
  });

  it('goes on when a consumer leaves the iteration', async () => {
    const run = small().fit(2);
    for await (const event of run) if (event.type === 'start') break;
    expect((await run).steps).toBe(8);
  });

  it('throws its error out of the iteration', async () => {
    const consume = async () => {
      for await (const _ of small({ batchSize: 64 }).fit(1));
    };
    await expect(consume()).rejects.toMatchObject({ code: 'ERR_DATA_TOO_FEW', value: 32 });
  });

  it('stops on its signal with everything saved, and rejects with the reason', async () => {
    const outDir = join(temporaryDirectory(), 'run');
    const trainer = small();
    const controller = new AbortController();
    const run = trainer.fit(1000, {
      outDir,
      signal: controller.signal,
      logEvery: 1,
      onEvent: (event) => event.type === 'step' && event.step === 6 && controller.abort(new Error('enough')),
    });
    await expect(run).rejects.toThrow('enough');
    expect(existsSync(join(outDir, 'checkpoints', `step-0000000${trainer.step}.safetensors`))).toBe(true);
  });

  it.each([new TypeError('mine'), new DcganError('ERR_OUTPUT', 'mine')])(
    'stops when a handler throws %p, saves, and rejects with what it threw',
    async (thrown) => {
      const outDir = join(temporaryDirectory(), 'run');
      const trainer = small();
      const onEvent = (event: TrainEvent) => {
        if (event.type === 'epoch') throw thrown;
      };
      await expect(trainer.fit(3, { outDir, onEvent })).rejects.toThrow('mine');
      expect(existsSync(join(outDir, 'checkpoints', 'step-00000004.safetensors'))).toBe(true);
    },
  );

  it('stops when the promise of a handler rejects, saves, and rejects with that', async () => {
    const outDir = join(temporaryDirectory(), 'run');
    const trainer = small();
    const onEvent = async (event: TrainEvent) => {
      if (event.type === 'epoch') throw new Error('mine');
    };
    await expect(trainer.fit(1000, { outDir, onEvent })).rejects.toThrow('mine');
    const { step } = trainer;
    expect(step).toBeLessThan(4000);
    expect(existsSync(join(outDir, 'checkpoints', `step-${`${step}`.padStart(8, '0')}.safetensors`))).toBe(
      true,
    );
  });

  it('does not wait for the promise of a handler between steps, but does before it is done', async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const seen: string[] = [];
    const onEvent = async (event: TrainEvent) => {
      seen.push(event.type);
      if (event.type === 'end') setTimeout(release, 100);
      await gate;
      seen.push(`${event.type} handled`);
    };
    await small().fit(1, { onEvent });
    const types = ['start', 'step', 'epoch', 'end'];
    expect(seen).toEqual([...types, ...types.map((type) => `${type} handled`)]);
  });

  it('is aborted by its signal although a handler’s promise never settles', async () => {
    const controller = new AbortController();
    const onEvent = (event: TrainEvent) => {
      if (event.type === 'end') setTimeout(() => controller.abort(new Error('enough')), 50);
      return new Promise<void>(() => undefined);
    };
    await expect(small().fit(1, { signal: controller.signal, onEvent })).rejects.toThrow('enough');
  });

  it('takes its options, and the trainer, as soon as it is called', async () => {
    const trainer = small();
    const options = { steps: 2 };
    const run = trainer.fit(1, options);
    options.steps = 3;
    await expect(trainer.trainOnBatch(new Uint8Array(8 * 784))).rejects.toMatchObject({ code: 'ERR_BUSY' });
    expect((await run).steps).toBe(2);
  });

  it('writes a run directory: configuration, metrics, checkpoints, samples', async () => {
    const outDir = join(temporaryDirectory(), 'run');
    const summary = await small().fit(2, { outDir, sampleCount: 4 });
    expect(summary).toMatchObject({ outDir, sample: join(outDir, 'samples', 'epoch-0002.png') });
    const config = JSON.parse(readFileSync(join(outDir, 'config.json'), 'utf8'));
    expect(config).toMatchObject({ model: { seed: 7, batchSize: 8 }, fit: { epochs: 2 } });
    const lines = readFileSync(join(outDir, 'metrics.jsonl'), 'utf8').trim().split('\n');
    const types = lines.map((line) => JSON.parse(line).type as string);
    const ofEpoch = ['step', 'epoch', 'sample', 'checkpoint'];
    // A small epoch has its early pictures at its first step.
    expect(types.filter((type, i) => !(type === 'sample' && i === 1))).toEqual([
      'start',
      ...ofEpoch,
      ...ofEpoch,
      'end',
    ]);
    expect(existsSync(join(outDir, 'samples', 'epoch-0001.png'))).toBe(true);
  });

  it('never writes over a run of another trainer', async () => {
    const outDir = join(temporaryDirectory(), 'run');
    await small().fit(1, { outDir });
    await expect(small().fit(1, { outDir })).rejects.toMatchObject({ code: 'ERR_OUTPUT_EXISTS' });
  });

  it('refuses to run twice at once', async () => {
    const trainer = small();
    const first = trainer.fit(1);
    await expect(trainer.fit(1)).rejects.toMatchObject({ code: 'ERR_BUSY' });
    await expect(trainer.trainOnBatch(new Uint8Array(8 * 784))).rejects.toMatchObject({ code: 'ERR_BUSY' });
    await first;
  });

  it('rejects with ERR_DIVERGED, naming the step, and keeps the good checkpoint when losses are not finite', async () => {
    const outDir = join(temporaryDirectory(), 'run');
    const trainer = small();
    await trainer.fit(1, { outDir });
    const weights = await trainer.weights();
    weights['generator.dense.weight']!.data.fill(Number.NaN);
    await trainer.setWeights(weights);
    const run = trainer.fit(1, { outDir });
    await expect(run).rejects.toMatchObject({
      code: 'ERR_DIVERGED',
      message: expect.stringContaining('step 5'),
    });
    const resumed = using(await GanTrainer.resume(outDir, { data: smallMnist(32) }));
    expect(resumed.step).toBe(4);
    expect(finite((await resumed.generate(1)).data)).toBe(true);
  });

  it('leaves everything as it was when a step fails, and saves that', async () => {
    // The first step makes weights of 10⁶, the second gradients whose squares overflow.
    const trainer = small({ learningRate: 1e6 });
    await trainer.fit(1, { steps: 1 });
    const paths = ['before', 'after'].map((name) => join(temporaryDirectory(), `${name}.safetensors`));
    const [before, after] = paths as [string, string];
    await trainer.save(before);
    for (let i = 0; i < 2; i++) {
      await expect(trainer.fit(1, { steps: 3 })).rejects.toMatchObject({
        code: 'ERR_DIVERGED',
        message: expect.stringContaining('step 2'),
      });
      expect(trainer.step).toBe(1);
    }
    await trainer.save(after);
    expect(readFileSync(after).equals(readFileSync(before))).toBe(true);
    // Of such weights no image comes that is one.
    await expect(trainer.generate(1, { seed: 1 })).rejects.toMatchObject({ code: 'ERR_DIVERGED' });
  });

  it('gives the same losses for the same seed and others for another', async () => {
    const [a, b, c] = await Promise.all([small().fit(1), small().fit(1), small({ seed: 8 }).fit(1)]);
    expect(a.discriminatorLoss).toBe(b.discriminatorLoss);
    expect(a.discriminatorLoss).not.toBe(c.discriminatorLoss);
  });

  it.each([0, -1, 1.5, Number.NaN, '3'])('refuses %p epochs', async (epochs) => {
    await expect(small().fit(epochs as number)).rejects.toMatchObject({ code: 'ERR_OPTION' });
  });
});

describe('a trainer', () => {
  it.each([
    ['batchSize', 0],
    ['batchSize', -1],
    ['batchSize', 1.5],
    ['batchSize', Number.NaN],
    ['batchSize', 70000],
    ['batchSize', 'many'],
    ['precision', 'float64'],
    ['device', 'gpu'],
    ['learningRate', 0],
    ['learningRate', 1e39],
    ['epsilon', 1e-46],
    ['dropout', 1],
    ['threads', -1],
    ['seed', 0.5],
    ['bathSize', 128],
  ])('refuses %s %p, naming both', (name, value) => {
    const make = () => new GanTrainer({ [name]: value } as TrainerOptions);
    expect(make).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION', message: expect.stringContaining(name) }),
    );
  });

  it('says that there is no such device', async () => {
    await expect(small({ device: 'cuda:7' }).fit(1)).rejects.toMatchObject({ code: 'ERR_DEVICE' });
  });

  it('trains on the caller’s batches of pixels, or of numbers, alike', async () => {
    const { pixels } = await smallMnist(8).load();
    const numbers = Float32Array.from(pixels, (pixel) => (pixel - 127.5) / 127.5);
    const noise = new Float32Array(800).map((_, i) => Math.sin(i));
    const losses = await small().trainOnBatch(pixels, { noise });
    expect(await small().trainOnBatch(numbers, { noise })).toEqual(losses);
    expect(finite([losses.generatorLoss, losses.discriminatorLoss])).toBe(true);
  });

  it.each([
    ['too few images', new Uint8Array(7 * 784), undefined],
    ['a plain array', [1, 2, 3], undefined],
    ['noise of another size', new Uint8Array(8 * 784), new Float32Array(3)],
  ])('refuses %s', async (_, images, noise) => {
    const step = small().trainOnBatch(images as Uint8Array, { noise });
    await expect(step).rejects.toMatchObject({ code: 'ERR_SHAPE' });
  });

  it('draws the same images for the same seed, in [-1, 1]', async () => {
    const trainer = small();
    const a = await trainer.generate(3, { seed: 1 });
    expect(a.shape).toEqual([3, 28, 28, 1]);
    expect((await trainer.generate(3, { seed: 1 })).data).toEqual(a.data);
    expect((await trainer.generate(3, { seed: 2 })).data).not.toEqual(a.data);
    expect(a.data.every((pixel) => pixel >= -1 && pixel <= 1)).toBe(true);
  });

  it('gives a logit for each image', async () => {
    const logits = await small().discriminate(new Uint8Array(5 * 784));
    expect(logits).toHaveLength(5);
    expect(finite(logits)).toBe(true);
  });

  it('takes its own weights back, and refuses other names and shapes without changing anything', async () => {
    const trainer = small();
    const weights = await trainer.weights();
    expect(Object.keys(weights)).toContain('generator.norm1.running_var');
    const { data } = weights['discriminator.dense.bias']!;
    const wrong = {
      'discriminator.dense.bias': { data: data.map(() => 5), shape: [1] },
      nothing: { data, shape: [1] },
    };
    await expect(trainer.setWeights(wrong)).rejects.toMatchObject({ code: 'ERR_SHAPE' });
    expect(await trainer.weights()).toEqual(weights);
    await trainer.setWeights({ 'discriminator.dense.bias': { data: data.map(() => 5), shape: [1] } });
    expect((await trainer.weights())['discriminator.dense.bias']!.data[0]).toBe(5);
  });

  it('refuses everything after dispose, and ends a fit that runs', async () => {
    const trainer = small();
    const run = trainer.fit(1000, { onEvent: (event) => event.type === 'epoch' && trainer.dispose() });
    await expect(run).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
    await expect(trainer.generate(1)).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
  });
});

describe('Generator', () => {
  it('draws what the trainer draws, from a checkpoint or a run, several at once', async () => {
    const directory = temporaryDirectory();
    const outDir = join(directory, 'run');
    const file = join(directory, 'a.safetensors');
    const trainer = small();
    await trainer.fit(1, { outDir });
    await trainer.save(file);
    const { data } = await trainer.generate(300, { seed: 3 });
    for (const path of [outDir, file]) {
      const generator = using(await Generator.load(path));
      const drawn = await Promise.all([1, 2].map(() => generator.generate(300, { seed: 3 })));
      for (const images of drawn) expect(images.data).toEqual(data);
    }
  });
});
