import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EndEvent } from '../../lib/training/events.js';
import { compilePackage } from '../support/compile_package.js';
import { eventsOf, finished, type Outcome, start, temporaryDirectory, writeImages } from './helpers.js';

const root = temporaryDirectory();
const images = join(root, 'images-idx3-ubyte');
const small = ['--data', images, '--batch-size', '4', '--seed', '7', '--threads', '1', '--device', 'cpu'];
let program: string;
let cwd: string;

beforeAll(() => {
  program = compilePackage(join(root, 'package'));
  writeImages(images, 16);
});

beforeEach(() => {
  cwd = mkdtempSync(join(root, 'work-'));
});

/** Runs `train` on 16 images, 4 steps an epoch. */
const train = (...args: string[]): Promise<Outcome> =>
  finished(start(program, cwd, ['train', ...small, ...args]));
const resume = (...args: string[]): Promise<Outcome> =>
  finished(start(program, cwd, ['train', '--resume', ...args]));
const endOf = (outcome: Outcome): EndEvent =>
  eventsOf(outcome).find((event) => event.type === 'end') as EndEvent;
const config = (run: string) => JSON.parse(readFileSync(join(cwd, run, 'config.json'), 'utf8'));

test('a training says on stderr what it does, where everything is and how to go on', async () => {
  const { status, stdout, stderr } = await train('--epochs', '2');
  const lines = stderr.trimEnd().split('\n');
  expect([status, stdout]).toEqual([0, '']);
  expect(lines[0]).toBe('Training on cpu (float32, seed 7) in runs/0001: 8 steps, 4 an epoch.');
  expect(lines[1]).toBe('First picture: runs/0001/samples/step-00000001.png');
  expect(lines[2]).toMatch(/^epoch 1\/2: step 4, discriminator loss \d/);
  expect(lines[3]).toMatch(/^epoch 2\/2: step 8, discriminator loss \d/);
  expect(lines[4]).toMatch(/^Trained 8 steps in /);
  expect(lines.slice(5)).toEqual([
    '  pictures:   runs/0001/samples (the newest is runs/0001/samples/epoch-0002.png)',
    '  checkpoint: runs/0001/checkpoints/step-00000008.safetensors',
    '  curves:     runs/0001/plot.png',
    '  go on:      npx dcgan-native train --resume runs/0001 --epochs 10',
  ]);
  expect(existsSync(join(cwd, 'runs/0001/plot.svg'))).toBe(true);
});

test('--json prints nothing but events on stdout, from start to end', async () => {
  const outcome = await train('--epochs', '1', '--log-every', '2', '--json', '--quiet');
  expect(eventsOf(outcome).map(({ type }) => type)).toEqual([
    'start',
    'sample',
    'step',
    'step',
    'epoch',
    'sample',
    'checkpoint',
    'end',
  ]);
  expect([outcome.status, outcome.stderr]).toEqual([0, '']);
});

test('--steps ends a training within an epoch, or after more than 100', async () => {
  const outcome = await train('--steps', '6', '--json');
  expect(endOf(outcome)).toMatchObject({ step: 6, epoch: 2 });
});

test('every training without --out takes the next free name', async () => {
  for (const name of ['runs/0001', 'runs/0002']) {
    expect(endOf(await train('--steps', '1', '--json')).outDir).toBe(name);
  }
});

test('--config repeats a run, losses and all', async () => {
  const first = await train('--steps', '3', '--json');
  const again = await finished(start(program, cwd, ['train', '--config', 'runs/0001/config.json', '--json']));
  const losses = ({ generatorLoss, discriminatorLoss, step }: EndEvent) => [
    step,
    generatorLoss,
    discriminatorLoss,
  ];
  expect(losses(endOf(again))).toEqual(losses(endOf(first)));
  expect(endOf(again).outDir).toBe('runs/0002');
});

test('an option that is typed wins over --config', async () => {
  await train('--steps', '3', '--sample-count', '4');
  const typed = ['--config', 'runs/0001/config.json', '--steps', '1', '--seed', '8'];
  await finished(start(program, cwd, ['train', ...typed]));
  expect(config('runs/0002')).toMatchObject({
    model: { seed: 8, batchSize: 4 },
    fit: { steps: 1, sampleCount: 4 },
  });
});

test('--from a run begins with its newest whole checkpoint, in a new run, and says which is damaged', async () => {
  await train('--epochs', '2');
  const newest = join(cwd, 'runs/0001/checkpoints/step-00000008.safetensors');
  const bytes = readFileSync(newest);
  writeFileSync(newest, bytes.fill(1, bytes.length - 4));
  const outcome = await train('--from', 'runs/0001', '--steps', '1', '--json');
  expect(endOf(outcome)).toMatchObject({ step: 5, steps: 1, outDir: 'runs/0002' });
  expect(outcome.stderr).toMatch(/^\S*step-00000008\.safetensors is not a usable checkpoint: /m);
  expect(eventsOf(outcome).slice(0, 2)).toMatchObject([{ type: 'start' }, { type: 'notice', step: 4 }]);
});

test('--resume with a number goes on for as much more, in the same directory', async () => {
  await train('--epochs', '1');
  const outcome = await resume('runs/0001', '--epochs', '1', '--json');
  expect(endOf(outcome)).toMatchObject({ step: 8, steps: 4, outDir: 'runs/0001' });
});

test('--resume of a run that has all that was asked for does nothing, and says how to get more', async () => {
  await train('--steps', '2');
  const { status, stderr } = await resume('runs/0001');
  expect(stderr).toBe('runs/0001 is complete. Name how many more: --epochs N or --steps N.\n');
  expect(status).toBe(0);
});

test('--resume on other data is refused, and goes on with --force', async () => {
  await train('--steps', '2');
  const others = writeImages(join(cwd, 'other-idx3-ubyte'), 12);
  const more = ['runs/0001', '--data', others, '--steps', '1'];
  expect(await resume(...more)).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/^error: ERR_DATA_MISMATCH: [^\n]*--force[^\n]*\n$/),
  });
  expect((await resume(...more, '--force')).status).toBe(0);
});

test('--resume as another architecture is refused', async () => {
  await train('--steps', '2');
  const { status, stderr } = await resume('runs/0001', '--latent-size', '50', '--steps', '1');
  expect(stderr).toMatch(/^error: ERR_CHECKPOINT_MISMATCH: [^\n]*\n$/);
  expect(status).toBe(1);
});

test('--out that holds a run is refused, and nothing in it changes', async () => {
  await train('--steps', '1', '--out', 'mine');
  const before = readdirSync(join(cwd, 'mine'), { recursive: true });
  const { status, stderr } = await train('--steps', '2', '--out', 'mine');
  expect(stderr).toMatch(/^error: ERR_OUTPUT_EXISTS: mine already holds a run\. [^\n]*\n$/);
  expect(status).toBe(1);
  expect(readdirSync(join(cwd, 'mine'), { recursive: true })).toEqual(before);
});

test.each(['taken', 'taken/run'])('--out %s, where taken is a file, is ERR_OUTPUT', async (out) => {
  writeFileSync(join(cwd, 'taken'), '');
  const { status, stderr } = await train('--steps', '1', '--out', out);
  expect(stderr).toMatch(/^error: ERR_OUTPUT: Cannot write taken[^\n]*\n$/);
  expect(status).toBe(1);
});

test('--data that is not there is ERR_DATA_NOT_FOUND, and makes no run', async () => {
  const { status, stderr } = await train('--data', 'absent', '--steps', '1');
  expect(stderr).toMatch(/^error: ERR_DATA_NOT_FOUND: [^\n]*\n$/);
  expect(status).toBe(1);
  expect(existsSync(join(cwd, 'runs'))).toBe(false);
});
