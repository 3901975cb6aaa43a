import { join } from 'node:path';
import { GanTrainer, type TrainEvent, type TrainerOptions } from '../lib/index.js';
import { loadNative } from '../lib/native/load.js';
import { temporaryDirectory, using } from './support/cleanup.js';
import { smallMnist } from './support/small_mnist.js';

const devices = loadNative().cudaDevices();
const onGpu = devices > 0 ? it : it.skip;
const withoutGpu = devices > 0 ? it.skip : it;

const options: TrainerOptions = { batchSize: 16, seed: 5, data: smallMnist(16 * 20), dropout: 0 };

/** The losses of `steps` steps, one by one. */
async function lossesOf(trainer: GanTrainer, steps: number): Promise<number[]> {
  const losses: number[] = [];
  const onEvent = (event: TrainEvent) => {
    if (event.type === 'step') losses.push(event.discriminatorLoss, event.generatorLoss);
  };
  await trainer.fit(1, { steps, logEvery: 1, onEvent });
  return losses;
}

const largestDifference = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? Number.NaN))));

withoutGpu("device 'cuda' is refused with what libtorch sees", async () => {
  const trainer = using(new GanTrainer({ ...options, device: 'cuda' }));
  await expect(trainer.fit(1, { steps: 1 })).rejects.toMatchObject({
    code: 'ERR_DEVICE',
    message: expect.stringContaining('0 CUDA devices'),
  });
});

onGpu('a GPU has the losses of the CPU, before its step is captured as a graph and after', async () => {
  const cpu = await lossesOf(using(new GanTrainer({ ...options, device: 'cpu' })), 10);
  const gpu = await lossesOf(using(new GanTrainer({ ...options, device: 'cuda' })), 10);
  expect(largestDifference(gpu, cpu)).toBeLessThan(1e-3);
});

onGpu.each([{ precision: 'bfloat16' }, { tf32: true }, { memoryFormat: 'contiguous' }] as const)(
  'a GPU trains with %j',
  async (given) => {
    const cpu = await lossesOf(using(new GanTrainer({ ...options, device: 'cpu' })), 6);
    const gpu = await lossesOf(using(new GanTrainer({ ...options, device: 'cuda', ...given })), 6);
    expect(largestDifference(gpu, cpu)).toBeLessThan(0.05);
  },
);

onGpu('masks on a GPU are those of the seed and the step, captured or not', async () => {
  const file = join(temporaryDirectory(), 'ten.safetensors');
  const dropping = { ...options, dropout: 0.3, device: 'cuda' };
  const first = using(new GanTrainer(dropping));
  const ten = await lossesOf(first, 10);
  expect(largestDifference(await lossesOf(using(new GanTrainer(dropping)), 10), ten)).toBeLessThan(1e-3);
  await first.save(file);
  // Steps 11 and 12 are replays for one trainer and the first, not captured ones for the other.
  const resumed = using(await GanTrainer.load(file, { data: options.data }));
  expect(largestDifference(await lossesOf(resumed, 2), await lossesOf(first, 2))).toBeLessThan(1e-3);
});

onGpu('steps run as a graph where the plug-in is, and say so where they do not', async () => {
  const messages: string[] = [];
  const trainer = using(new GanTrainer({ ...options, device: 'cuda' }));
  await trainer.fit(1, {
    steps: 5,
    onEvent: (event) => event.type === 'notice' && messages.push(event.message),
  });
  const said = process.env.DCGAN_EXPECT_GRAPHS ? [] : [expect.stringContaining('operator by operator')];
  expect(messages).toEqual(said);
});
