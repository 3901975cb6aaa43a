import { appendFileSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readCheckpoint } from '../../lib/checkpoint/checkpoint.js';
import {
  type EvaluationEvent,
  GanTrainer,
  Generator,
  type TrainEvent,
  type TrainerOptions,
} from '../../lib/index.js';
import { readMetrics } from '../../lib/run/metrics.js';
import { temporaryDirectory, using } from '../support/cleanup.js';
import { smallMnist } from '../support/small_mnist.js';

// 50 steps an epoch.
const data = smallMnist(1600);
const good: TrainerOptions = {
  data,
  batchSize: 32,
  features: 16,
  objective: 'relativistic',
  r1: 0.05,
  r2: 0.05,
  learningRateGenerator: 2e-3,
  learningRateDiscriminator: 1e-3,
  beta1: 0,
  beta2: 0.99,
  dropout: 0,
  ema: 1000,
  seed: 1,
};
const evaluated = { evaluateEvery: 1, evaluateSamples: 300 } as const;
/** What no training survives. */
const ruinous = { learningRateGenerator: 0.05, learningRateDiscriminator: 0.05, r1: 0, r2: 0 } as const;

const of = <T extends TrainEvent['type']>(events: readonly TrainEvent[], type: T) =>
  events.filter((event): event is Extract<TrainEvent, { type: T }> => event.type === type);

/** Trains, and gives the events and how it ended. */
async function watched(trainer: GanTrainer, epochs: number, options: object) {
  const events: TrainEvent[] = [];
  const onEvent = (event: TrainEvent) => void events.push(event);
  const error: unknown = await trainer
    .fit(epochs, { ...evaluated, sampleEvery: 0, ...options, onEvent })
    .then(() => null)
    .catch((reason: unknown) => reason);
  return { events, error };
}

const bytesOf = async (file: string) => {
  const { state } = await readCheckpoint(file);
  return Object.entries(state).map(([name, { data: numbers }]) => [
    name,
    Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength).toString('base64').slice(0, 4000),
  ]);
};

test('evaluations are events and lines of the metrics, and the best model is kept beside the newest', async () => {
  const outDir = join(temporaryDirectory(), 'run');
  const trainer = using(new GanTrainer(good));
  const { events, error } = await watched(trainer, 3, { outDir, keepCheckpoints: 1 });
  expect(error).toBeNull();
  const evaluations = of(events, 'evaluation');
  expect(evaluations.map(({ step }) => step)).toEqual([50, 100, 150]);
  const [best] = [...evaluations].sort((a, b) => a.figures.fid!.value - b.figures.fid!.value);
  const rows = (await readMetrics(outDir)).filter(({ type }) => type === 'evaluation');
  expect(rows).toMatchObject(JSON.parse(JSON.stringify(evaluations)));
  const kept = join(outDir, 'checkpoints', 'best.safetensors');
  expect((await readCheckpoint(kept)).step).toBe(best!.step);
  // It draws what was evaluated.
  const generator = using(await Generator.load(kept));
  const { figures } = await generator.evaluate({ data, samples: 300, nearest: false });
  expect(figures.fid!.value).toBeCloseTo(best!.figures.fid!.value, 3);
  const again = await trainer.evaluate({ samples: 300, nearest: false });
  expect(again.figures).toEqual((evaluations.at(-1) as EvaluationEvent).figures);
  expect(again.discriminator!.real + again.discriminator!.drawn).toBeGreaterThan(0.5);
});

test.each([
  ['a rate of 0.05', { learningRate: 0.05 }],
  ['ten steps of the discriminator to one', { discriminatorSteps: 10, learningRateDiscriminator: 2e-3 }],
] as const)(
  'a collapse by %s is noticed within two evaluations, and stops where that is asked',
  async (_, how) => {
    // 19,200 images in two epochs: more than a model needs to begin.
    const options = { data: smallMnist(9600), batchSize: 64, features: 16, seed: 1, ...how };
    const trainer = using(new GanTrainer(options));
    const { events, error } = await watched(trainer, 3, { onCollapse: 'stop' });
    expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_(COLLAPSED|DIVERGED)$/) });
    expect(of(events, 'watchdog').length).toBeGreaterThan(0);
    expect(of(events, 'evaluation').length).toBeLessThanOrEqual(2);
  },
);

test('a training that is well is not stopped', async () => {
  const trainer = using(new GanTrainer({ data, batchSize: 32, features: 16, seed: 2 }));
  const { events, error } = await watched(trainer, 3, { onCollapse: 'stop' });
  expect(error).toBeNull();
  expect(of(events, 'watchdog')).toEqual([]);
});

test('a collapse goes back to the best model, which still draws, and one that cannot be saved ends', async () => {
  const outDir = join(temporaryDirectory(), 'run');
  const first = using(new GanTrainer(good));
  const before = of((await watched(first, 4, { outDir })).events, 'evaluation').at(-1)!;
  first.dispose();

  const trainer = using(await GanTrainer.resume(outDir, { data, ...ruinous }));
  const { events, error } = await watched(trainer, 30, { outDir, onCollapse: 'rollback', rollbacks: 2 });
  expect(error).toMatchObject({ code: 'ERR_COLLAPSED' });
  const rollbacks = of(events, 'rollback');
  expect(rollbacks.map(({ number, of: all }) => [number, all])).toEqual([
    [1, 2],
    [2, 2],
  ]);
  expect(rollbacks.map(({ learningRate }) => learningRate)).toEqual([0.025, 0.0125]);
  // Each saved at once, and recorded: who resumes goes on from there.
  const { model } = JSON.parse(readFileSync(join(outDir, 'config.json'), 'utf8')) as {
    model: TrainerOptions;
  };
  expect(model.learningRateGenerator).toBe(0.0125);
  const generator = using(await Generator.load(join(outDir, 'checkpoints', 'best.safetensors')));
  const { figures } = await generator.evaluate({ data, samples: 300, nearest: false });
  expect(figures.fid!.value).toBeLessThanOrEqual(before.figures.fid!.value + 1e-6);
});

test('without a directory the best model is held in memory, to go back to', async () => {
  const trainer = using(new GanTrainer(good));
  const { error } = await watched(trainer, 3, { onCollapse: 'rollback' });
  expect(error).toBeNull();
  const well = (await trainer.evaluate({ samples: 300, nearest: false })).figures.fid!.value;
  await trainer.setLearningRate(0.05);
  const { events } = await watched(trainer, 1, { onCollapse: 'rollback', rollbacks: 1 });
  // Nothing is known of what was before this `fit`: there is nothing to go back to.
  expect(of(events, 'rollback')).toEqual([]);
  expect(well).toBeGreaterThan(0);
});

test('with an average, evaluations and a rollback, a run that is stopped and resumed equals one that is not', async () => {
  const directory = temporaryDirectory();
  const begin = async (name: string) => {
    const outDir = join(directory, name);
    const trainer = using(new GanTrainer(good));
    await trainer.fit(2, { ...evaluated, outDir, sampleEvery: 0 });
    trainer.dispose();
    return outDir;
  };
  const options = { ...evaluated, onCollapse: 'rollback', sampleEvery: 0 } as const;
  const worse = { data, learningRateGenerator: 0.03, learningRateDiscriminator: 0.03, r1: 0, r2: 0 };

  const whole = await begin('whole');
  const trainer = using(await GanTrainer.resume(whole, worse));
  await trainer.fit(4, { ...options, outDir: whole });
  trainer.dispose();

  // Stopped before the rollback, within an epoch, and after it.
  const parts = await begin('parts');
  for (const [i, steps] of [20, 50, 60, 70].entries()) {
    const part = using(await GanTrainer.resume(parts, i === 0 ? worse : { data }));
    await part.fit({ steps, ...options, outDir: parts });
    part.dispose();
  }
  const rows = async (run: string) =>
    (await readMetrics(run))
      .filter(({ type }) => ['evaluation', 'watchdog', 'rollback'].includes(type))
      .map(({ time, session, seconds, ...row }) => row);
  expect((await rows(whole)).map(({ type }) => type)).toContain('rollback');
  expect(await rows(parts)).toEqual(await rows(whole));
  const last = join('checkpoints', 'step-00000300.safetensors');
  expect(await bytesOf(join(parts, last))).toEqual(await bytesOf(join(whole, last)));
  expect(statSync(join(parts, last)).size).toBeGreaterThan(1e6);
});

test('what an evaluation lacks is said before the first step', async () => {
  const trainer = using(new GanTrainer(good));
  const { events, error } = await watched(trainer, 1, { evaluateFeatures: 'not-there.safetensors' });
  expect(error).toMatchObject({ code: 'ERR_FEATURES' });
  expect(of(events, 'step')).toEqual([]);
  await expect(trainer.fit(1, { onCollapse: 'rollback' })).rejects.toMatchObject({ code: 'ERR_OPTION' });
});

test('lines of metrics that somebody has changed keep no run from going on', async () => {
  const outDir = join(temporaryDirectory(), 'run');
  const trainer = using(new GanTrainer({ ...good, features: 16 }));
  await trainer.fit({ steps: 1, outDir, sampleEvery: 0 });
  trainer.dispose();
  for (const row of [
    '{"type":"evaluation","step":1}',
    '{"type":"rollback","step":1}',
    '{"type":"step","step":1}',
    'x',
  ]) {
    appendFileSync(join(outDir, 'metrics.jsonl'), `${row}\n`);
  }
  const resumed = using(await GanTrainer.resume(outDir, { data }));
  await expect(resumed.fit({ steps: 1, outDir, sampleEvery: 0 })).resolves.toMatchObject({ step: 2 });
});
