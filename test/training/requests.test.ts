import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createDashboard, GanTrainer, type TrainerOptions } from '../../lib/index.js';
import { readMetrics } from '../../lib/run/metrics.js';
import { askRun } from '../../lib/run/requests.js';
import { temporaryDirectory, using } from '../support/cleanup.js';
import { smallMnist } from '../support/small_mnist.js';

const options: TrainerOptions = { batchSize: 4, features: 16, seed: 3, threads: 1, data: smallMnist(400) };
const path = () => join(temporaryDirectory(), 'run');
const weightsOf = async (trainer: GanTrainer) => (await trainer.save()).toString('base64');

/** Trains until something has happened, and ends on request. */
async function until(outDir: string, isDone: () => boolean, more: object = {}) {
  const trainer = using(new GanTrainer(options));
  const run = trainer.fit(1000, { outDir, logEvery: 1_000_000, checkpointEvery: 0, sampleEvery: 0, ...more });
  const notices: string[] = [];
  let isAsked = false;
  const timer = setInterval(() => {
    if (!isDone() || isAsked) return;
    isAsked = true;
    void askRun(outDir, 'stop');
  }, 50);
  for await (const event of run) if (event.type === 'notice') notices.push(event.message);
  clearInterval(timer);
  return { trainer, summary: await run, notices };
}

const namesIn = (directory: string): string[] => {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
};

test('a training ends on request with everything saved, and says so', async () => {
  const outDir = path();
  const { summary, notices } = await until(outDir, () => namesIn(outDir).includes('config.json'));
  expect(summary.steps).toBeGreaterThan(0);
  expect(summary.checkpoint).toContain(String(summary.step));
  expect(notices).toEqual(['Training stops, as was asked, and everything is saved.']);
  expect(namesIn(join(outDir, 'requests'))).toEqual([]);
});

test('a checkpoint that is asked for stays for good, and a picture is drawn, while training goes on', async () => {
  const outDir = path();
  const asked = { isDone: false };
  const { notices } = await until(outDir, () => {
    if (!asked.isDone && namesIn(outDir).includes('config.json')) {
      asked.isDone = true;
      void askRun(outDir, 'save').then(() => askRun(outDir, 'sample'));
    }
    return namesIn(join(outDir, 'samples')).length > 0 && namesIn(join(outDir, 'checkpoints')).length > 0;
  });
  expect(namesIn(join(outDir, 'checkpoints')).filter((name) => name.includes('-kept'))).toHaveLength(1);
  expect(notices.sort()).toEqual([
    'A checkpoint is saved, as was asked.',
    'A picture is drawn, as was asked.',
    'Training stops, as was asked, and everything is saved.',
  ]);
  const types = (await readMetrics(outDir)).map(({ type }) => type);
  expect(types).toEqual(expect.arrayContaining(['start', 'notice', 'sample', 'checkpoint', 'step', 'end']));
});

test('what was asked before a training begins is not asked of it', async () => {
  const outDir = path();
  mkdirSync(join(outDir, 'requests'), { recursive: true });
  writeFileSync(join(outDir, 'requests', 'stop'), '');
  const trainer = using(new GanTrainer(options));
  expect(await trainer.fit({ steps: 3, outDir })).toMatchObject({ steps: 3 });
});

test('nothing is asked through a link', async () => {
  const outDir = path();
  mkdirSync(outDir);
  const elsewhere = temporaryDirectory();
  symlinkSync(elsewhere, join(outDir, 'requests'));
  await expect(askRun(outDir, 'stop')).rejects.toMatchObject({ code: 'ERR_OUTPUT' });
  expect(namesIn(elsewhere)).toEqual([]);
});

test('a training that is watched and asked for much has the weights of one that is not, bit for bit', async () => {
  const alone = using(new GanTrainer(options));
  await alone.fit({ steps: 300, outDir: path() });
  const outDir = path();
  const watched = using(new GanTrainer(options));
  let dashboard: Awaited<ReturnType<typeof createDashboard>> | null = null;
  let requests = 0;
  for await (const event of watched.fit({ steps: 300, outDir, logEvery: 5 })) {
    if (event.type === 'start') {
      dashboard = await createDashboard(outDir);
      const stream = await fetch(new URL('api/events', await dashboard.listen()));
      expect(stream.status).toBe(200);
    }
    if (event.type !== 'step') continue;
    await askRun(outDir, requests++ % 2 === 0 ? 'save' : 'sample');
  }
  await dashboard?.close();
  expect(requests).toBeGreaterThan(10);
  expect(await weightsOf(watched)).toBe(await weightsOf(alone));
});
