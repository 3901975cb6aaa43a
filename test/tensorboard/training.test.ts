import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readCheckpoint } from '../../lib/checkpoint/checkpoint.js';
import { type FitOptions, GanTrainer, type TrainEvent, type TrainerOptions } from '../../lib/index.js';
import { temporaryDirectory, using } from '../support/cleanup.js';
import { smallMnist } from '../support/small_mnist.js';
import { eventFilesIn, eventsIn, eventsOf, imagesOf, scalarsOf, textsOf } from './helpers.js';

// 6 steps an epoch.
const data = smallMnist(48);
const options: TrainerOptions = { batchSize: 8, features: 16, seed: 3, threads: 1, data };

/** Trains, and gives what was reported. */
async function watched(trainer: GanTrainer, steps: number, fit: FitOptions): Promise<TrainEvent[]> {
  const events: TrainEvent[] = [];
  await trainer.fit({ logEvery: 2, ...fit, steps, onEvent: (event) => void events.push(event) });
  return events;
}

const of = <T extends TrainEvent['type']>(events: readonly TrainEvent[], type: T) =>
  events.filter((event): event is Extract<TrainEvent, { type: T }> => event.type === type);

const only = (scalars: ReturnType<typeof scalarsOf>, tag: string) =>
  scalars.filter(([, found]) => found === tag).map(([step, , value]) => [step, value]);

test('the scalars of a training are its step events, and its images the pictures of the run', async () => {
  const outDir = join(temporaryDirectory(), 'run');
  const model: TrainerOptions = {
    ...options,
    r1: 1,
    learningRateGenerator: 2e-4,
    schedule: 'cosine',
    scheduleSteps: 12,
    finalLearningRate: 1e-5,
  };
  const steps = await watched(using(new GanTrainer(model)), 12, { outDir, tensorboard: true });
  const events = eventsIn(join(outDir, 'tensorboard'));
  const scalars = scalarsOf(events);
  const rows = of(steps, 'step');
  expect(rows).toHaveLength(6);
  for (const [tag, name] of [
    ['loss/discriminator', 'discriminatorLoss'],
    ['loss/generator', 'generatorLoss'],
    ['loss/penalty', 'penalty'],
    ['speed/images_per_second', 'imagesPerSecond'],
  ] as const) {
    expect([tag, only(scalars, tag)]).toEqual([
      tag,
      rows.map((row) => [row.step, Math.fround(row[name] as number)]),
    ]);
  }
  // Both end at a tenth of where they begin.
  const cosine = (step: number) => 0.1 + (0.9 * (1 + Math.cos((Math.PI * (step - 1)) / 12))) / 2;
  for (const [tag, rate] of [
    ['learning_rate/generator', 2e-4],
    ['learning_rate/discriminator', 1e-4],
  ] as const) {
    const found = only(scalars, tag);
    expect(found.map(([step]) => step)).toEqual(rows.map(({ step }) => step));
    for (const [step, value] of found) expect(value! / rate).toBeCloseTo(cosine(step!), 6);
  }

  const pictures = of(steps, 'sample');
  expect(pictures).toHaveLength(readdirSync(join(outDir, 'samples')).length);
  expect(imagesOf(events)).toEqual(
    pictures.map(({ step, path }) => {
      const png = readFileSync(path);
      const size = { width: png.readUInt32BE(16), height: png.readUInt32BE(20), colorspace: 1 };
      return { step, tag: 'samples', image: { ...size, encoded_image_string: png } };
    }),
  );
});

test('a resumed run goes on in a file of its own, which begins after the step that it goes on from', async () => {
  const outDir = join(temporaryDirectory(), 'run');
  const fit: FitOptions = { outDir, tensorboard: true, checkpointEverySteps: 4, keepCheckpoints: 9 };
  const first = await watched(using(new GanTrainer(options)), 10, fit);
  // As if it had been killed before it saved.
  const checkpoints = join(outDir, 'checkpoints');
  for (const name of readdirSync(checkpoints)) if (!name.includes('0004')) rmSync(join(checkpoints, name));
  const resumed = using(await GanTrainer.resume(outDir, { data, learningRate: 1e-3 }));
  const second = await watched(resumed, 8, fit);

  const directory = join(outDir, 'tensorboard');
  const files = eventFilesIn(directory).map((name) => eventsOf(join(directory, name)));
  expect(files).toHaveLength(2);
  expect(files[1]!.slice(0, 2)).toMatchObject([
    { file_version: 'brain.Event:2' },
    { step: 5, session_log: { status: 'START' } },
  ]);
  for (const [i, events] of [first, second].entries()) {
    expect(only(scalarsOf(files[i]!), 'loss/generator')).toEqual(
      of(events, 'step').map(({ step, generatorLoss }) => [step, Math.fround(generatorLoss)]),
    );
  }
  expect(only(scalarsOf(files[1]!), 'learning_rate/generator')[0]).toEqual([6, Math.fround(1e-3)]);
});

test('figures of an evaluation are scalars, and what the watchdog sees is text', async () => {
  const directory = temporaryDirectory();
  // At this rate it collapses within two epochs.
  const ruinous = { ...options, data: smallMnist(600), batchSize: 20, learningRate: 0.1 };
  const fit: FitOptions = { tensorboard: directory, logEvery: 30, evaluateEvery: 1, evaluateSamples: 150 };
  const events: TrainEvent[] = [];
  const trainer = using(new GanTrainer(ruinous));
  await trainer
    .fit(40, { ...fit, onCollapse: 'stop', onEvent: (event) => void events.push(event) })
    .catch(() => undefined);
  const written = eventsIn(directory);
  const evaluations = of(events, 'evaluation');
  for (const [tag, name] of [
    ['evaluation/fid', 'fid'],
    ['evaluation/fid_infinity', 'fidInfinity'],
    ['evaluation/recall', 'recall'],
  ] as const) {
    const figures = evaluations.map(({ step, figures }) => [step, Math.fround(figures[name].value)]);
    expect([tag, only(scalarsOf(written), tag)]).toEqual([tag, figures]);
  }
  const alarms = of(events, 'watchdog');
  expect(alarms.length).toBeGreaterThan(0);
  expect(textsOf(written)).toEqual(
    alarms.map(({ step, seen, advice }) => [step, 'watchdog', `Watch out: ${seen}. Try ${advice}.`]),
  );
});

test('what is trained is the same, bit for bit, with event files and without', async () => {
  const digest = async (tensorboard: true | null) => {
    const outDir = join(temporaryDirectory(), 'run');
    await watched(using(new GanTrainer(options)), 8, { outDir, tensorboard });
    const { state } = await readCheckpoint(join(outDir, 'checkpoints', 'step-00000008.safetensors'));
    const hash = createHash('sha256');
    for (const { data } of Object.values(state)) {
      hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
    return hash.digest('hex');
  };
  expect(await digest(true)).toBe(await digest(null));
});

describe('where event files are', () => {
  test('is a directory for each run where one is named, and that is kept for who repeats the run', async () => {
    const directory = temporaryDirectory();
    const tensorboard = join(directory, 'logs');
    for (const name of ['a', 'b']) {
      await watched(using(new GanTrainer(options)), 2, {
        outDir: join(directory, 'runs', name),
        tensorboard,
      });
    }
    expect(readdirSync(tensorboard).sort()).toEqual(['a', 'b']);
    expect(scalarsOf(eventsIn(join(tensorboard, 'b'))).length).toBeGreaterThan(0);
    expect(readdirSync(join(directory, 'runs', 'a'))).not.toContain('tensorboard');
    const config = JSON.parse(readFileSync(join(directory, 'runs', 'a', 'config.json'), 'utf8'));
    expect(config.fit).toMatchObject({ tensorboard });
  });

  test('is that directory itself where no run is written, for one training after the other', async () => {
    const tensorboard = temporaryDirectory();
    const trainer = using(new GanTrainer(options));
    for (let i = 0; i < 2; i++) await watched(trainer, 2, { tensorboard });
    expect(only(scalarsOf(eventsIn(tensorboard)), 'loss/generator').map(([step]) => step)).toEqual([2, 4]);
  });

  test('has to be said where no run is written', async () => {
    const fit = using(new GanTrainer(options)).fit({ steps: 1, tensorboard: true });
    await expect(fit).rejects.toMatchObject({ code: 'ERR_OPTION', value: true });
    await expect(fit).rejects.toThrow(/Give outDir/);
  });

  test('is not where another run of that name has some', async () => {
    const directory = temporaryDirectory();
    const tensorboard = join(directory, 'logs');
    const train = (parent: string) =>
      watched(using(new GanTrainer(options)), 2, { outDir: join(directory, parent, 'run'), tensorboard });
    await train('one');
    const before = eventsIn(join(tensorboard, 'run'));
    await expect(train('two')).rejects.toMatchObject({ code: 'ERR_OUTPUT_EXISTS' });
    expect(eventsIn(join(tensorboard, 'run'))).toEqual(before);
  });
});

test('what cannot be written stops the training, which saves everything first', async () => {
  const outDir = join(temporaryDirectory(), 'run');
  const trainer = using(new GanTrainer(options));
  const onEvent = (event: TrainEvent) => {
    if (event.type !== 'sample') return;
    rmSync(event.path);
    mkdirSync(event.path);
  };
  const fit = trainer.fit(1000, { outDir, tensorboard: true, onEvent });
  await expect(fit).rejects.toMatchObject({ code: 'ERR_OUTPUT' });
  expect(trainer.step).toBeLessThan(6000);
  const saved = readdirSync(join(outDir, 'checkpoints'));
  expect(saved).toContain(`step-${String(trainer.step).padStart(8, '0')}.safetensors`);
});
