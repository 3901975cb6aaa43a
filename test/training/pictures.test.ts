import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FitOptions, GanTrainer, type TrainEvent } from '../../lib/index.js';
import { resolveCheckpoint } from '../../lib/run/run.js';
import { temporaryDirectory, using } from '../support/cleanup.js';
import { smallMnist } from '../support/small_mnist.js';

// 30 steps an epoch: a hundredth and a tenth of it end with steps 1 and 3.
const data = smallMnist(2 * 30);
const options = { batchSize: 2, seed: 5, data, device: 'cpu' } as const;

const picturesOf = (outDir: string) => readdirSync(join(outDir, 'samples')).sort();

/** Trains a fresh model into a run, and gives the run's directory. */
async function trained(fit: FitOptions, epochs = 1): Promise<string> {
  const outDir = join(temporaryDirectory(), 'run');
  await using(new GanTrainer(options)).fit(epochs, { ...fit, outDir });
  return outDir;
}

async function resumed(outDir: string, fit: FitOptions): Promise<void> {
  await using(await GanTrainer.resume(outDir, { data })).fit(1, { ...fit, outDir });
}

it('a fresh model gets pictures after a hundredth and a tenth of its first epoch, and of each epoch', async () => {
  const early = ['step-00000001.png', 'step-00000003.png'];
  expect(picturesOf(await trained({}, 2))).toEqual(['epoch-0001.png', 'epoch-0002.png', ...early]);
});

it('a picture is told as soon as it is there, with its step, its epoch and its place', async () => {
  const events: TrainEvent[] = [];
  const outDir = await trained({ onEvent: (event) => events.push(event) });
  const samples = events.filter(({ type }) => type === 'sample');
  const path = (name: string) => join(outDir, 'samples', name);
  expect(samples).toEqual([
    { type: 'sample', epoch: 1, step: 1, path: path('step-00000001.png') },
    { type: 'sample', epoch: 1, step: 3, path: path('step-00000003.png') },
    { type: 'sample', epoch: 1, step: 30, path: path('epoch-0001.png') },
  ]);
  expect(events.slice(0, 2).map(({ type }) => type)).toEqual(['start', 'sample']);
});

it('sampleEverySteps adds pictures at its multiples', async () => {
  const names = picturesOf(await trained({ sampleEverySteps: 15 }, 1));
  expect(names).toEqual([
    'epoch-0001.png',
    ...[1, 3, 15].map((step) => `step-${`${step}`.padStart(8, '0')}.png`),
  ]);
});

it('sampleEvery 0 means no picture, at a stop within an epoch neither', async () => {
  expect(picturesOf(await trained({ sampleEvery: 0, steps: 12 }))).toEqual([]);
});

it('sampleEvery 0 leaves those that sampleEverySteps asks for', async () => {
  const names = picturesOf(await trained({ sampleEvery: 0, sampleEverySteps: 10 }));
  expect(names).toEqual([10, 20, 30].map((step) => `step-000000${step}.png`));
});

it('a resumed run draws the early pictures that it is not past, and no other', async () => {
  const outDir = await trained({ steps: 2 });
  await resumed(outDir, { steps: 10 });
  const names = ['step-00000001.png', 'step-00000002.png', 'step-00000003.png', 'step-00000012.png'];
  expect(picturesOf(outDir)).toEqual(names);
  await resumed(outDir, { steps: 1 });
  expect(picturesOf(outDir)).toEqual([...names, 'step-00000013.png']);
});

it('pictures change nothing else: the same weights and the same losses, bit for bit', async () => {
  const contentOf = async (fit: FitOptions) => {
    const outDir = await trained({ ...fit, steps: 25 });
    const { checkpoint } = await resolveCheckpoint(outDir);
    const digests = Object.entries(checkpoint.state).map(([name, { data }]) => {
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      return [name, createHash('sha256').update(bytes).digest('hex')];
    });
    const lines = readFileSync(join(outDir, 'metrics.jsonl'), 'utf8').trim().split('\n');
    const rows = lines.flatMap((line) => {
      const { type, step, generatorLoss, discriminatorLoss } = JSON.parse(line);
      return type === 'step' ? [{ step, generatorLoss, discriminatorLoss }] : [];
    });
    return { digests, rows };
  };
  const without = await contentOf({ sampleEvery: 0 });
  expect(without.rows.map(({ step }) => step)).toEqual([10, 20, 25]);
  expect(await contentOf({ sampleEverySteps: 7 })).toEqual(without);
});
