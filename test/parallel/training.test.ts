import { cpSync, existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { GanTrainer, mnist, openRun, type Weights } from '../../lib/index.js';
import { readMetrics } from '../../lib/run/metrics.js';
import type { Outcome } from '../cli/helpers.js';
import { using } from '../support/cleanup.js';
import {
  alone,
  checkpointAt,
  difference,
  endOf,
  ends,
  images,
  isListening,
  pause,
  printed,
  programs,
  root,
  small,
  together,
  writeDigits,
} from './processes.js';

const statuses = (outcomes: readonly Outcome[]) => outcomes.map(({ status }) => status);
const rowsOf = async (run: string, type: string) =>
  (await readMetrics(run)).filter((row) => row.type === type);
const lossesOf = async (run: string) =>
  (await rowsOf(run, 'step')).flatMap(({ generatorLoss, discriminatorLoss }) => [
    generatorLoss as number,
    discriminatorLoss as number,
  ]);
const filesOf = (run: string) =>
  readdirSync(run, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(run, join(entry.parentPath, entry.name)))
    .sort();

let cwd: string;
/** Of a new run. */
const fresh = (name: string) => join(cwd, name);
beforeEach(() => {
  cwd = mkdtempSync(join(root, 'work-'));
});

/** What one process writes in 6 steps, which is what several are to write. */
const reference = join(root, 'reference');
const six = ['--steps', '6', '--log-every', '1'];
/** The weights before the first step. */
let first: Weights;

beforeAll(async () => {
  await alone('--out', reference, ...six).ended;
  first = await using(new GanTrainer({ ...small, device: 'cpu' })).weights();
});

/** How far a run of 6 steps is from that of one process. */
const apart = async (run: string) => {
  const states = [await checkpointAt(run, 6), await checkpointAt(reference, 6)].map(({ state }) => state);
  return difference(states[0]!, states[1]!, first);
};

describe.each([2, 3])('%i processes', (worldSize) => {
  let run: string;
  let outcomes: Outcome[];

  beforeAll(async () => {
    run = join(root, `of-${worldSize}`);
    outcomes = await ends(worldSize, ['--out', run, ...six]);
  });

  test('end well', () => {
    expect(statuses(outcomes)).toEqual(Array(worldSize).fill(0));
  });

  test('say each which of them it is, and process 0 alone shows how the training goes', () => {
    const places = outcomes.map(({ stderr }) => /^Process (\d of \d) on \S+ \(options, /m.exec(stderr)?.[1]);
    expect(places).toEqual(outcomes.map((_, rank) => `${rank} of ${worldSize}`));
    expect(outcomes[0]!.stderr).toMatch(/^Trained 6 steps in /m);
    for (const { stdout, stderr } of outcomes.slice(1)) {
      expect(stdout).toBe('');
      expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    }
  });

  test('have the losses of one', async () => {
    const [losses, expected] = [await lossesOf(run), await lossesOf(reference)];
    expect(losses).toHaveLength(12);
    for (const [i, loss] of losses.entries()) expect(Math.abs(loss - expected[i]!)).toBeLessThan(1e-3);
  });

  test('change the weights as one does', async () => {
    expect(await apart(run)).toBeLessThan(1e-3);
  });

  test('write one ordinary run', async () => {
    expect(filesOf(run)).toEqual(filesOf(reference));
    const { config, latest } = await openRun(run);
    expect(latest!.checkpoint.step).toBe(6);
    expect((await openRun(reference)).config.model).toEqual(config.model);
  });
});

describe('a run of two processes', () => {
  const half = join(root, 'half');

  beforeAll(async () => {
    await ends(2, ['--out', half, '--steps', '3']);
  });

  test.each([1, 2, 3])('is resumed by %i, and reaches the same weights', async (worldSize) => {
    const run = fresh('resumed');
    cpSync(half, run, { recursive: true });
    const flags = ['--resume', run, '--steps', '3'];
    const outcomes = worldSize === 1 ? [await alone(...flags).ended] : await ends(worldSize, flags);
    expect(statuses(outcomes)).toEqual(Array(worldSize).fill(0));
    expect(await apart(run)).toBeLessThan(1e-3);
  });
});

describe('--resume auto', () => {
  const flags = (run: string) => ['--resume', 'auto', '--out', run, ...six];

  test('begins a run where there is none', async () => {
    const run = fresh('auto');
    expect(statuses(await ends(2, flags(run)))).toEqual([0, 0]);
    expect(await apart(run)).toBeLessThan(1e-3);
  });

  test('goes on with one that was stopped, up to the steps that the command names', async () => {
    const run = fresh('auto');
    const command = [...flags(run), '--steps', '100000'];
    const stopped = await together(2, command);
    await stopped[0]!.says('First picture');
    for (const each of stopped) each.kill('SIGTERM');
    await endOf(stopped);
    const { step } = (await openRun(run)).latest!.checkpoint;
    const again = await together(2, command);
    await again[0]!.says(`: from step ${step}, ${100_000 - step} steps`);
    for (const each of again) each.kill('SIGTERM');
    expect(statuses(await endOf(again))).toEqual([143, 143]);
  });

  test('says of a complete run that it is, and ends all processes well', async () => {
    const run = fresh('auto');
    await ends(2, flags(run));
    const outcomes = await ends(2, flags(run));
    expect(statuses(outcomes)).toEqual([0, 0]);
    expect(outcomes[0]!.stderr).toContain(`${run} is complete. Name how many more:`);
  });
});

test('a process that rests for 3 seconds is waited for', async () => {
  const run = fresh('rested');
  const processes = await together(2, ['--out', run, '--steps', '60', '--json', '--log-every', '1']);
  await processes[0]!.says('"type":"step","step":2,');
  processes[1]!.kill('SIGSTOP');
  await pause(3000);
  processes[1]!.kill('SIGCONT');
  expect(statuses(await endOf(processes))).toEqual([0, 0]);
  expect((await openRun(run)).latest!.checkpoint.step).toBe(60);
});

describe('evaluations', () => {
  const judged = ['--steps', '3', '--evaluate-every', '1', '--evaluate-samples', '101'];
  let many: string;
  let begun: string;

  beforeAll(async () => {
    many = await writeDigits(join(root, 'many-idx3-ubyte'), 240);
    // 20 steps an epoch.
    begun = join(root, 'begun');
    await alone('--data', many, '--out', begun, '--steps', '17').ended;
  });

  test('of two processes have the figures of one', async () => {
    const [one, two] = ['one', 'two'].map(fresh) as [string, string];
    for (const run of [one, two]) cpSync(begun, run, { recursive: true });
    const outcomes = [
      await alone('--data', many, '--resume', one, ...judged).ended,
      ...(await ends(2, ['--data', many, '--resume', two, ...judged])),
    ];
    expect(statuses(outcomes)).toEqual([0, 0, 0]);
    const [figures, expected] = await Promise.all(
      [two, one].map(async (run) => (await rowsOf(run, 'evaluation'))[0]!.figures),
    );
    const valuesOf = (of: unknown) => Object.entries(of as object).map(([name, { value }]) => [name, value]);
    const values = valuesOf(figures);
    expect(values).toHaveLength(10);
    for (const [i, [name, value]] of valuesOf(expected).entries()) {
      expect(values[i]).toEqual([name, expect.closeTo(value, 3)]);
    }
  });
});

test('without synchronous batch statistics two processes train, otherwise than one', async () => {
  const run = fresh('own-statistics');
  const outcomes = await ends(2, ['--out', run, ...six, '--no-sync-batch-norm']);
  expect(statuses(outcomes)).toEqual([0, 0]);
  expect(await apart(run)).toBeGreaterThan(1e-2);
});

describe('a program of the API', () => {
  test('trains on batches of which each process has its share, as one does on the whole', async () => {
    const { all } = await programs(`
      const trainer = make();
      const { pixels } = await mnist().load();
      const each = 6 * 784;
      for (let step = 0; step < 3; step++) {
        const at = (2 * step + rank) * each;
        print(await trainer.trainOnBatch(pixels.subarray(at, at + each)));
      }
      const { data } = await trainer.generate(2, { seed: 1 });
      print(Buffer.from(data.buffer).toString('base64'));
      trainer.dispose();`);
    const outcomes = await endOf(all);
    expect(statuses(outcomes)).toEqual([0, 0]);
    const [one, other] = outcomes.map(printed);
    expect(one).toHaveLength(4);
    expect(other).toEqual(one);
    const trainer = using(new GanTrainer({ ...small, data: images }));
    const { pixels } = await mnist().load();
    for (let step = 0; step < 3; step++) {
      const batch = (pixels as Uint8Array).subarray(step * 12 * 784, (step + 1) * 12 * 784);
      const losses = await trainer.trainOnBatch(batch);
      const { generatorLoss, discriminatorLoss } = one![step] as typeof losses;
      expect(Math.abs(generatorLoss - losses.generatorLoss)).toBeLessThan(1e-3);
      expect(Math.abs(discriminatorLoss - losses.discriminatorLoss)).toBeLessThan(1e-3);
    }
  });

  test('has the same summary on all processes, and nobody listens on the port afterwards', async () => {
    const out = fresh('api');
    const { all, port } = await programs(`
      const trainer = make();
      print(await trainer.fit({ steps: 4, outDir: ${JSON.stringify(out)} }));
      trainer.dispose();`);
    const outcomes = await endOf(all);
    expect(statuses(outcomes)).toEqual([0, 0]);
    const [one, other] = outcomes.map(printed);
    expect(one).toMatchObject([{ step: 4, outDir: out }]);
    expect(other).toEqual(one);
    expect(existsSync(out)).toBe(true);
    expect(await isListening(port)).toBe(false);
  });
});
