import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { readCheckpoint } from '../../lib/checkpoint/checkpoint.js';
import { GanTrainer, images, type TrainerOptions } from '../../lib/index.js';
import { temporaryDirectory, using } from '../support/cleanup.js';
import { smallMnist } from '../support/small_mnist.js';

// 12 steps an epoch: a stop after 10 lies within one, the next 10 cross its border.
const data = smallMnist(16 * 12);
const options: TrainerOptions = { batchSize: 16, seed: 3, data };

/** The step, and a digest of each tensor: jest would take minutes to compare millions of numbers. */
async function stateOf(trainer: GanTrainer, directory: string) {
  const file = join(directory, `${Math.random()}.safetensors`);
  await trainer.save(file);
  const { step, state } = await readCheckpoint(file);
  const digest = (data: Float32Array) =>
    createHash('sha256')
      .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
      .digest('hex');
  return {
    step,
    state: Object.fromEntries(Object.entries(state).map(([name, { data }]) => [name, digest(data)])),
  };
}

/** Everything that keeps something from one step to the next, or depends on the step's number. */
const everything: TrainerOptions = {
  ...options,
  data: images({
    name: 'small coloured images',
    pixels: Uint8Array.from({ length: 16 * 12 * 16 * 16 * 3 }, (_, i) => (i * i) % 251),
    imageSize: 16,
    channels: 3,
    labels: Array.from({ length: 16 * 12 }, (_, i) => i % 5),
  }),
  features: 16,
  conditional: true,
  objective: 'relativistic',
  r1: 2,
  r2: 1,
  finalR1: 0.5,
  gradientPenalty: 0.5,
  spectralNorm: true,
  discriminatorSteps: 2,
  learningRateGenerator: 2e-4,
  schedule: 'cosine',
  scheduleSteps: 18,
  finalLearningRate: 1e-5,
  finalBeta2: 0.99,
  augment: ['translate', 'cutout', 'colour'],
  ema: 100,
};

// With as many threads: what libtorch computes of these networks may be summed in another order with others.
it.each([['float32'], ['bfloat16']] as const)(
  'with everything on, 20 steps equal 10, a checkpoint, and 10 more, in %s',
  async (precision) => {
    const directory = temporaryDirectory();
    const outDir = join(directory, 'run');
    const whole = using(new GanTrainer({ ...everything, precision, threads: 2 }));
    await whole.fit(9, { steps: 20 });
    const first = using(new GanTrainer({ ...everything, precision, threads: 2 }));
    await first.fit(9, { steps: 10, outDir });
    const second = using(await GanTrainer.resume(outDir, { data: everything.data, threads: 2 }));
    await second.fit(9, { steps: 10, outDir });
    expect(await stateOf(second, directory)).toEqual(await stateOf(whole, directory));
    const drawn = (trainer: GanTrainer) => trainer.generate(7, { seed: 1 });
    expect(await drawn(second)).toEqual(await drawn(whole));
  },
);

describe.each([
  ['float32', 1],
  ['bfloat16', 2],
] as const)('in %s', (precision, threads) => {
  it('20 steps equal 10, a checkpoint, and 10 more, bit for bit', async () => {
    const directory = temporaryDirectory();
    const whole = using(new GanTrainer({ ...options, precision, threads: 2 }));
    await whole.fit(9, { steps: 20 });

    const outDir = join(directory, 'run');
    const first = using(new GanTrainer({ ...options, precision, threads }));
    await first.fit(9, { steps: 10, outDir });
    const second = using(await GanTrainer.resume(outDir, { data, threads: 2 }));
    await second.fit(9, { steps: 10, outDir });

    const [wanted, found] = [await stateOf(whole, directory), await stateOf(second, directory)];
    expect(found.step).toBe(20);
    expect(found.state).toEqual(wanted.state);
  });

  it('a stop by its signal changes nothing of what follows', async () => {
    const directory = temporaryDirectory();
    const outDir = join(directory, 'run');
    const controller = new AbortController();
    const stopped = using(new GanTrainer({ ...options, precision }));
    const run = stopped.fit(9, {
      outDir,
      logEvery: 3,
      signal: controller.signal,
      onEvent: (event) => event.type === 'step' && controller.abort(),
    });
    await expect(run).rejects.toMatchObject({ name: 'AbortError' });
    const resumed = using(await GanTrainer.resume(outDir, { data }));
    expect(resumed.step).toBe(stopped.step);
    await resumed.fit(9, { steps: 20 - resumed.step, outDir });

    const whole = using(new GanTrainer({ ...options, precision }));
    await whole.fit(9, { steps: 20 });
    expect((await stateOf(resumed, directory)).state).toEqual((await stateOf(whole, directory)).state);
  });
});

it('float32 does not depend on the number of threads', async () => {
  const directory = temporaryDirectory();
  const states = [];
  for (const threads of [1, 2]) {
    const trainer = using(new GanTrainer({ ...options, threads }));
    await trainer.fit(1, { steps: 5 });
    states.push((await stateOf(trainer, directory)).state);
  }
  expect(states[0]).toEqual(states[1]);
});

it('refuses other data unless told to go on, and another latent size in any case', async () => {
  const file = join(temporaryDirectory(), 'a.safetensors');
  const trainer = using(new GanTrainer(options));
  await trainer.fit(1, { steps: 1 });
  await trainer.save(file);
  const other = smallMnist(64);
  const refused = using(await GanTrainer.load(file, { data: other }));
  await expect(refused.fit(1)).rejects.toMatchObject({ code: 'ERR_DATA_MISMATCH' });
  const forced = using(await GanTrainer.load(file, { data: other, allowMismatch: true }));
  expect((await forced.fit(1, { steps: 2 })).step).toBe(3);
  await expect(GanTrainer.load(file, { latentSize: 5 })).rejects.toMatchObject({
    code: 'ERR_CHECKPOINT_MISMATCH',
  });
});
