import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { openRuns, type RunSummary, type Runs } from '../../lib/index.js';
import { temporaryDirectory } from '../support/cleanup.js';

const task = { step: 0, epochs: 2, steps: null, stepsPerEpoch: 100 };
// Of a process that no machine has, so that nothing can be known of it but its signs of life.
const elsewhere = { space: 'another machine', pid: 1, start: '1' };

interface Made {
  readonly steps?: number;
  readonly ended?: boolean;
  /** Seconds since the last sign of life. */
  readonly silent?: number;
  readonly rows?: readonly object[];
}

/** A run directory as a training would have written it. */
function makeRun(
  directory: string,
  { steps = 100, ended = false, silent = 0, rows = [] }: Made = {},
): string {
  for (const name of ['sessions', 'samples', 'checkpoints'])
    mkdirSync(join(directory, name), { recursive: true });
  const model = { batchSize: 10, learningRate: 0.001, seed: 3, classes: 0 };
  writeFileSync(join(directory, 'config.json'), JSON.stringify({ model, fit: {}, begun: 0, history: [] }));
  const session = join(directory, 'sessions', '0001.json');
  const started = '2026-01-01T00:00:00.000Z';
  writeFileSync(session, JSON.stringify({ host: 'far', process: elsewhere, started, task }));
  const touched = Date.now() / 1000 - silent;
  utimesSync(session, touched, touched);
  if (ended) writeFileSync(join(directory, 'sessions', '0001.ended'), '');
  const losses = Array.from({ length: steps / 10 }, (_, i) => lossesAt(10 * (i + 1)));
  append(directory, [...losses, ...rows]);
  return directory;
}

function lossesAt(step: number): object {
  const time = new Date(Date.UTC(2026, 0, 1) + 100 * step).toISOString();
  const values = { discriminatorLoss: 1 / step, generatorLoss: 2, imagesPerSecond: 100 };
  return { type: 'step', step, steps: 10, ...values, time, session: 1 };
}

function append(directory: string, rows: readonly object[]): void {
  appendFileSync(join(directory, 'metrics.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
}

async function opened(directory: string): Promise<{ readonly runs: Runs; readonly run: RunSummary }> {
  const runs = await openRuns(directory);
  return { runs, run: runs.list()[0]! };
}

const path = () => join(temporaryDirectory(), 'run');

describe('the state of a run', () => {
  const failure = {
    type: 'failure',
    step: 100,
    code: 'ERR_OUTPUT',
    message: 'The disk is full.',
    session: 1,
  };
  test.each<[RunSummary['state'], Made]>([
    ['running', {}],
    ['stale', { silent: 20 }],
    ['crashed', { silent: 70 }],
    ['ended', { steps: 200, ended: true }],
    ['stopped', { ended: true }],
    ['failed', { ended: true, rows: [failure] }],
  ])('is told as %s', async (state, made) => {
    const { run } = await opened(makeRun(path(), made));
    expect(run.state).toBe(state);
    expect(run.problem).toBe(state === 'failed' ? 'The disk is full.' : null);
  });

  test('is unknown of a run of a version without sessions', async () => {
    const directory = makeRun(path());
    rmSync(join(directory, 'sessions'), { recursive: true });
    expect((await opened(directory)).run).toMatchObject({ state: 'unknown', step: 100, lastStep: null });
  });
});

test('a run is summed up: how far it is, how fast, and for how long it goes on', async () => {
  const { run } = await opened(makeRun(path()));
  expect(run).toMatchObject({
    step: 100,
    begun: 0,
    lastStep: 200,
    stepsPerEpoch: 100,
    imagesPerSecond: 100,
    // 100 steps of 10 images.
    secondsLeft: 10,
    rows: 10,
    newestFid: null,
  });
});

test('curves are columns, over steps, images and time, from any row on', async () => {
  const { runs, run } = await opened(makeRun(path()));
  expect(runs.curves(run.id, 8)).toEqual({
    step: [90, 100],
    images: [900, 1000],
    seconds: [9, 10],
    discriminatorLoss: [0.01111, 0.01],
    generatorLoss: [2, 2],
    penalty: [null, null],
    learningRateGenerator: [0.001, 0.001],
    learningRateDiscriminator: [0.001, 0.001],
    imagesPerSecond: [100, 100],
  });
});

test('evaluations, pictures, checkpoints and what else happened are told with their places', async () => {
  const figures = { fid: { value: 12, error: null, floor: 1 }, kid: { value: null } };
  const directory = makeRun(path(), {
    rows: [
      { type: 'evaluation', step: 100, figures, session: 1 },
      {
        type: 'sample',
        step: 100,
        epoch: 1,
        file: 'samples/epoch-0001.png',
        count: 16,
        columns: 4,
        session: 1,
      },
      { type: 'notice', step: 100, message: 'Look out.', session: 1 },
    ],
  });
  writeFileSync(join(directory, 'samples', 'epoch-0001.png'), 'a picture');
  writeFileSync(join(directory, 'checkpoints', 'step-00000100.safetensors'), 'weights');
  const { runs, run } = await opened(directory);
  const place = { step: 100, images: 1000, seconds: 10 };
  expect(run).toMatchObject({ newestFid: { value: 12, step: 100 }, bestFid: { value: 12, step: 100 } });
  expect(runs.details(run.id)).toMatchObject({
    sampled: { count: 16, columns: 4, seed: 3 },
    evaluations: [{ ...place, figures: { fid: { value: 12, floor: 1 } } }],
    happenings: [{ ...place, type: 'notice', said: 'Look out.', time: null }],
    samples: [{ ...place, file: 'samples/epoch-0001.png' }],
    checkpoints: [
      { step: 100, file: 'checkpoints/step-00000100.safetensors', bytes: 7, kept: false, fid: 12 },
    ],
  });
});

describe('a run that is being written', () => {
  test('gives each row once, as it comes, and none that has no end yet', async () => {
    const directory = makeRun(path());
    const { runs, run } = await opened(directory);
    append(directory, [lossesAt(110)]);
    appendFileSync(join(directory, 'metrics.jsonl'), '{"type":"step","step":12');
    await runs.refresh();
    expect(runs.list()[0]).toMatchObject({ rows: 11, step: 110, generation: run.generation });
    appendFileSync(join(directory, 'metrics.jsonl'), '0}\n');
    await runs.refresh();
    expect(runs.curves(run.id, 10)?.step).toEqual([110, 120]);
  });

  test('is read anew when a training goes on from an earlier step, also where its metrics are as long again', async () => {
    const directory = makeRun(path());
    const { runs, run } = await opened(directory);
    truncateSync(join(directory, 'metrics.jsonl'), 0);
    append(
      directory,
      Array.from({ length: 20 }, (_, i) => lossesAt(5 * (i + 1))),
    );
    await runs.refresh();
    const [now] = runs.list();
    expect(now!.generation).not.toBe(run.generation);
    expect(runs.curves(run.id)?.step.slice(0, 3)).toEqual([5, 10, 15]);
  });

  test('is followed: what has changed is given, and nothing else', async () => {
    const directory = makeRun(path());
    const { runs } = await opened(directory);
    const steps: number[] = [];
    const timer = setTimeout(() => append(directory, [lossesAt(110)]), 100);
    for await (const { changed } of runs.changes()) {
      steps.push(...changed.map(({ step }) => step));
      if (steps.length === 3) break;
      append(directory, [lossesAt(110 + 10 * steps.length)]);
    }
    clearTimeout(timer);
    expect(steps).toEqual([110, 120, 130]);
  });
});

describe('a folder of runs', () => {
  test('shows those that appear later, and lets go of those that are gone', async () => {
    const folder = temporaryDirectory();
    const first = makeRun(join(folder, '0001'));
    const runs = await openRuns(folder);
    expect(runs.list().map(({ name }) => name)).toEqual(['0001']);
    makeRun(join(folder, '0010'));
    makeRun(join(folder, '0002'));
    await runs.refresh();
    expect(runs.list().map(({ name }) => name)).toEqual(['0001', '0002', '0010']);
    rmSync(first, { recursive: true });
    await runs.refresh();
    expect(runs.list().map(({ name }) => name)).toEqual(['0002', '0010']);
  });

  test('has numbers of its own for a run that takes the place of another', async () => {
    const folder = temporaryDirectory();
    makeRun(join(folder, '0001'));
    const { runs, run: before } = await opened(folder);
    rmSync(join(folder, '0001'), { recursive: true });
    await runs.refresh();
    makeRun(join(folder, '0001'), { steps: 50 });
    await runs.refresh();
    const [now] = runs.list();
    expect(now).toMatchObject({ id: before.id, step: 50 });
    expect([now!.generation, now!.revision]).not.toContain(before.generation);
    expect(now!.revision).not.toBe(before.revision);
  });

  test('may be empty', async () => {
    expect((await openRuns(temporaryDirectory())).list()).toEqual([]);
  });
});

describe('a directory that is not as it should be', () => {
  test.each<[string, (directory: string) => void]>([
    ['a config.json that is no JSON', (directory) => writeFileSync(join(directory, 'config.json'), '{')],
    ['one of 2 MB', (directory) => writeFileSync(join(directory, 'config.json'), ' '.repeat(2e6))],
    [
      'one that is a link to another file',
      (directory) => replace(join(directory, 'config.json'), '/etc/hostname'),
    ],
    [
      'metrics that are a link to another file',
      (directory) => replace(join(directory, 'metrics.jsonl'), '/etc/hostname'),
    ],
    ['metrics that are a pipe', (directory) => replaceByPipe(join(directory, 'metrics.jsonl'))],
    ['a config.json that is a pipe', (directory) => replaceByPipe(join(directory, 'config.json'))],
    ['a session that is a pipe', (directory) => replaceByPipe(join(directory, 'sessions', '0001.json'))],
    ['metrics that are a directory', (directory) => replaceByDirectory(join(directory, 'metrics.jsonl'))],
    ['sessions that are a link', (directory) => replace(join(directory, 'sessions'), '/etc')],
    ['samples that are a link', (directory) => replace(join(directory, 'samples'), '/etc')],
  ])('with %s is told as a problem', async (_, spoil) => {
    const directory = makeRun(path());
    spoil(directory);
    const { runs, run } = await opened(directory);
    expect(run.problem).toMatch(/\.$/);
    // For as long as it is so.
    await runs.refresh();
    expect(runs.list()[0]!.problem).toBe(run.problem);
  });

  test('is read as soon as it is mended', async () => {
    const directory = makeRun(path());
    const config = readFileSync(join(directory, 'config.json'));
    writeFileSync(join(directory, 'config.json'), '{');
    const { runs, run } = await opened(directory);
    expect(run.problem).not.toBeNull();
    writeFileSync(join(directory, 'config.json'), config);
    await runs.refresh();
    expect(runs.list()[0]).toMatchObject({ problem: null, rows: 10 });
  });

  test('with lines that are none of ours gives those that are', async () => {
    const directory = makeRun(path());
    const lines = [
      '',
      '[]',
      'null',
      '{"step":"1"}',
      '{',
      'x'.repeat(10e6),
      '{"type":"evaluation","step":100,"figures":7}',
    ];
    appendFileSync(join(directory, 'metrics.jsonl'), `${lines.join('\n')}\n`);
    append(directory, [
      lossesAt(110),
      { type: '__proto__', step: 110 },
      { type: 'step', step: 120, generatorLoss: 'high' },
    ]);
    const { runs, run } = await opened(directory);
    expect(run).toMatchObject({ problem: null, rows: 12, newestFid: null });
    expect(runs.curves(run.id, 11)).toMatchObject({ step: [120], generatorLoss: [null] });
    expect(runs.details(run.id)?.happenings).toEqual([]);
  });

  test('is no reason not to see the others', async () => {
    const folder = temporaryDirectory();
    makeRun(join(folder, 'good'));
    writeFileSync(join(makeRun(join(folder, 'bad')), 'config.json'), '');
    const runs = await openRuns(folder);
    expect(runs.list().map(({ name, problem }) => [name, problem === null])).toEqual([
      ['bad', false],
      ['good', true],
    ]);
  });

  test('that is not there at all is refused', async () => {
    const code = 'ERR_CHECKPOINT_NOT_FOUND';
    await expect(openRuns('no/such/run')).rejects.toMatchObject({ code, value: 'no/such/run' });
    await expect(openRuns([])).rejects.toMatchObject({ code: 'ERR_OPTION' });
  });
});

function replace(file: string, by: string): void {
  rmSync(file, { recursive: true });
  symlinkSync(by, file);
}

function replaceByPipe(file: string): void {
  rmSync(file);
  execFileSync('mkfifo', [file]);
}

function replaceByDirectory(file: string): void {
  rmSync(file);
  mkdirSync(file);
}

test('reading leaves everything as it is', async () => {
  const directory = makeRun(path());
  const { runs } = await opened(directory);
  for (let i = 0; i < 3; i++) await runs.refresh();
  expect(readdirSync(directory).sort()).toEqual([
    'checkpoints',
    'config.json',
    'metrics.jsonl',
    'samples',
    'sessions',
  ]);
  expect(dirname(runs.list()[0]!.directory)).toBe(dirname(directory));
});
