import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { directoryIn, runJudge } from './judge.mjs';

const require = createRequire(import.meta.url);
const { GanTrainer, images, mnist } = require('../../dist/index.js');

const count = 320;
/** From here the run is resumed, though it had gone on: what came after it is to be shown no more. */
const resumedFrom = 20;

/** What each kind of event is called in TensorBoard. */
const scalars = {
  step: {
    'loss/discriminator': (event) => event.discriminatorLoss,
    'loss/generator': (event) => event.generatorLoss,
    'loss/penalty': (event) => event.penalty,
    'speed/images_per_second': (event) => event.imagesPerSecond,
    'learning_rate/generator': (event) => event.rate,
    'learning_rate/discriminator': (event) => event.rate,
  },
  evaluation: {
    'evaluation/fid': (event) => event.figures.fid.value,
    'evaluation/kid': (event) => event.figures.kid.value,
    'evaluation/precision': (event) => event.figures.precision.value,
    'evaluation/recall': (event) => event.figures.recall.value,
    'evaluation/variety': (event) => event.variety,
  },
};

/** Has TensorBoard read the event files of a run that was resumed from an earlier step. @returns rows of the table */
export async function compareEventFiles(environment, work) {
  const judge = 'TensorBoard';
  process.stderr.write(`${judge}, event files …\n`);
  const directory = directoryIn(work, 'event files');
  try {
    const run = join(directory, 'run');
    const expected = join(directory, 'expected.json');
    const found = join(directory, 'found.json');
    writeFileSync(expected, JSON.stringify(expectationOf(await trainTwice(run))));
    const version = runJudge(environment, 'event_files.py', [join(run, 'tensorboard'), expected, found]);
    return Object.entries(JSON.parse(readFileSync(found, 'utf8'))).map(([what, difference]) => ({
      judge,
      version,
      what,
      difference,
      allowed: 0,
    }));
  } catch (error) {
    return [{ judge, what: 'event files', problem: error.message }];
  }
}

/** Trains, forgets the newest checkpoints, and goes on with another rate. @returns the events that are to be seen */
async function trainTwice(run) {
  const { pixels } = await mnist().load();
  const data = images({ pixels: pixels.slice(0, count * 784), name: `${count} digits` });
  const first = await watched(
    new GanTrainer({ batchSize: 16, features: 16, seed: 1, r1: 1, data }),
    run,
    1e-4,
  );
  const checkpoints = join(run, 'checkpoints');
  const newer = readdirSync(checkpoints).filter((name) => !name.includes(`${resumedFrom}.`));
  for (const name of newer) rmSync(join(checkpoints, name));
  const resumed = await GanTrainer.resume(run, { data, learningRate: 1e-3 });
  return [...first.filter(({ step }) => step <= resumedFrom), ...(await watched(resumed, run, 1e-3))];
}

async function watched(trainer, outDir, rate) {
  const events = [];
  try {
    await trainer.fit({
      steps: 40,
      outDir,
      tensorboard: true,
      logEvery: 3,
      sampleEverySteps: 5,
      checkpointEverySteps: resumedFrom,
      keepCheckpoints: 9,
      evaluateEvery: 1,
      evaluateSamples: 150,
      onEvent: (event) => {
        events.push({ ...event, rate });
      },
    });
    return events;
  } finally {
    trainer.dispose();
  }
}

/** What TensorBoard is to have: by each tag the steps with their numbers, and the steps with the files of the pictures. */
function expectationOf(events) {
  const tags = Object.entries(scalars).flatMap(([type, readings]) =>
    Object.entries(readings).map(([tag, reading]) => [
      tag,
      events.filter((event) => event.type === type).map((event) => [event.step, reading(event)]),
    ]),
  );
  const pictures = events.filter(({ type }) => type === 'sample').map(({ step, path }) => [step, path]);
  return { scalars: Object.fromEntries(tags), pictures };
}
