import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { EndEvent } from '../../lib/training/events.js';
import { compilePackage } from '../support/compile_package.js';
import { eventsOf, finished, type Outcome, start, temporaryDirectory, writeImages } from './helpers.js';

const root = temporaryDirectory();
let program: string;
let cwd: string;
let images: string;

beforeAll(() => {
  program = compilePackage(join(root, 'package'));
});

beforeEach(async () => {
  cwd = mkdtempSync(join(root, 'work-'));
  images = writeImages(join(cwd, 'images-idx3-ubyte'), 16);
  const flags = ['--data', images, '--batch-size', '4', '--seed', '7', '--threads', '1', '--device', 'cpu'];
  // 4 steps an epoch.
  await train(...flags, '--epochs', '1', '--sample-count', '4');
});

const train = (...args: readonly string[]): Promise<Outcome> =>
  finished(start(program, cwd, ['train', ...args]));
const config = (run = 'runs/0001') => JSON.parse(readFileSync(join(cwd, run, 'config.json'), 'utf8'));
const endOf = (outcome: Outcome) => eventsOf(outcome).find(({ type }) => type === 'end') as EndEvent;

test('what --resume changes is in config.json, with its history, and in force from then on', async () => {
  await train('--resume', 'runs/0001', '--seed', '5', '--batch-size', '8', '--epochs', '2');
  expect(config()).toMatchObject({
    model: { seed: 5, batchSize: 8 },
    fit: { sampleCount: 4 },
    history: [
      { session: 1, step: 0, asked: { epochs: 1 }, changed: [] },
      {
        session: 2,
        step: 4,
        asked: { epochs: 2 },
        changed: [
          { option: 'batchSize', from: 4, to: 8 },
          { option: 'seed', from: 7, to: 5 },
        ],
      },
    ],
  });
  await train('--resume', 'runs/0001', '--steps', '1');
  expect(config().model).toMatchObject({ seed: 5, batchSize: 8 });
  expect(config().history[2]).toMatchObject({ session: 3, step: 8, changed: [] });
});

test('a run goes on with the data it was given last, although the first ones are gone', async () => {
  const others = writeImages(join(cwd, 'other-idx3-ubyte'), 12);
  await train('--resume', 'runs/0001', '--data', others, '--force', '--steps', '1');
  rmSync(images);
  expect(config().data).toBe(others);
  const { status, stderr } = await train('--resume', 'runs/0001', '--epochs', '1');
  expect([status, stderr]).toEqual([0, expect.stringContaining('Trained 3 steps')]);
});

test('what was asked for last is in force although no checkpoint was made since', async () => {
  const stopped = start(program, cwd, [
    'train',
    '--resume',
    'runs/0001',
    '--learning-rate',
    '3e-5',
    '--steps',
    '99999',
  ]);
  const end = finished(stopped);
  while (config().history.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
  stopped.kill('SIGKILL');
  await end;
  await train('--resume', 'runs/0001', '--steps', '1');
  expect(config().model).toMatchObject({ learningRate: 3e-5 });
});

test('--config of a run that went on repeats all of it, and says that its settings had changed', async () => {
  await train('--resume', 'runs/0001', '--dropout', '0.2', '--epochs', '2');
  const repeated = await train('--config', 'runs/0001/config.json', '--json');
  expect(endOf(repeated)).toMatchObject({ step: 12, outDir: 'runs/0002' });
  expect(repeated.stderr).toContain(
    'The run went on with other settings at step 4 (dropout); its last ones are repeated.\n',
  );
  expect(config('runs/0002')).toMatchObject({ model: { dropout: 0.2 }, fit: { epochs: 3 } });
});

test('--steps is recorded as steps, and metrics tell how many each row spans, when, and of which session', async () => {
  await train('--resume', 'runs/0001', '--steps', '3', '--log-every', '2');
  const rows = readFileSync(join(cwd, 'runs/0001/metrics.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const losses = rows.filter(({ type }) => type === 'step' || type === 'epoch');
  expect(losses.map(({ type, step, steps, session }) => [type, step, steps, session])).toEqual([
    ['step', 4, 4, 1],
    ['epoch', 4, 4, 1],
    ['step', 6, 2, 2],
    ['step', 7, 1, 2],
  ]);
  for (const { time } of rows) expect(new Date(time).toISOString()).toBe(time);
  expect(config().history[1].asked).toEqual({ steps: 3 });
  expect(config().fit).toMatchObject({ steps: 7 });
  expect(config().fit).not.toHaveProperty('epochs');
});

test('a run stopped before its first checkpoint begins again by the command for a resume', async () => {
  const flags = ['--data', images, '--batch-size', '4', '--out', 'early', '--steps', '99999'];
  const stopped = start(program, cwd, ['train', ...flags, '--checkpoint-every', '0', '--sample-every', '0']);
  const end = finished(stopped);
  while (!existsSync(join(cwd, 'early/config.json'))) await new Promise((resolve) => setTimeout(resolve, 10));
  stopped.kill('SIGKILL');
  await end;
  const again = await train('--resume', 'early', '--steps', '2', '--json');
  expect([again.status, endOf(again)]).toMatchObject([0, { step: 2 }]);
});
