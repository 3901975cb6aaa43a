import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { createRun, openRun, type Run, resolveCheckpoint } from '../../lib/run/run.js';
import { bits, smallCheckpoint, temporaryDirectory } from '../checkpoint/helpers.js';

const root = temporaryDirectory();
const home = process.cwd();
let count = 0;

const freshName = () => join(root, `run-${count++}`);

async function freshRun(): Promise<Run> {
  const run = await createRun(freshName());
  await run.writeConfig({ batchSize: 8 });
  return run;
}

async function save(run: Run, steps: readonly number[], keepLast = 3, kept: readonly number[] = []) {
  for (const step of steps) {
    await run.saveCheckpoint(smallCheckpoint(step), { keepLast, keepForGood: kept.includes(step) });
  }
}

const stored = (run: Run) => readdirSync(join(run.directory, 'checkpoints')).sort();
const metricsOf = (run: Run) => readFileSync(join(run.directory, 'metrics.jsonl'), 'utf8');

describe('createRun', () => {
  afterEach(() => process.chdir(home));

  test('takes the next free name under runs/ when none is given', async () => {
    const place = freshName();
    mkdirSync(join(place, 'runs', '0007'), { recursive: true });
    mkdirSync(join(place, 'runs', 'mine'));
    process.chdir(place);
    expect((await createRun(null)).directory).toBe(join('runs', '0008'));
    expect((await createRun(null)).directory).toBe(join('runs', '0009'));
  });

  test('gives each of many at once a name of its own', async () => {
    const place = freshName();
    mkdirSync(place);
    process.chdir(place);
    const runs = await Promise.all(Array.from({ length: 12 }, () => createRun(null)));
    expect(new Set(runs.map((run) => run.directory)).size).toBe(12);
    expect(readdirSync('runs')).toHaveLength(12);
  });

  test('gives one name to only one of many at once', async () => {
    const name = freshName();
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => createRun(name)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'ERR_OUTPUT_EXISTS' });
    }
  });

  test('takes an empty directory that is there', async () => {
    const name = freshName();
    mkdirSync(name);
    await expect(createRun(name)).resolves.toMatchObject({ directory: name });
  });

  test('refuses a directory with a run in it, and names --resume', async () => {
    const { directory } = await freshRun();
    await expect(createRun(directory)).rejects.toMatchObject({
      code: 'ERR_OUTPUT_EXISTS',
      message: expect.stringContaining('--resume'),
    });
  });

  test('refuses a directory with anything else in it', async () => {
    const name = freshName();
    mkdirSync(name);
    writeFileSync(join(name, 'thesis.tex'), '');
    await expect(createRun(name)).rejects.toMatchObject({ code: 'ERR_OUTPUT_EXISTS' });
    expect(readdirSync(name)).toEqual(['thesis.tex']);
  });

  test('says when a file is in the way', async () => {
    const name = freshName();
    writeFileSync(name, '');
    await expect(createRun(name)).rejects.toMatchObject({ code: 'ERR_OUTPUT', value: name });
    await expect(createRun(join(name, 'below'))).rejects.toMatchObject({ code: 'ERR_OUTPUT' });
  });
});

describe('openRun', () => {
  test('refuses what is no run', async () => {
    const name = freshName();
    await expect(openRun(name)).rejects.toMatchObject({ code: 'ERR_CHECKPOINT_NOT_FOUND' });
    mkdirSync(name);
    await expect(openRun(name)).rejects.toMatchObject({ code: 'ERR_CHECKPOINT_NOT_FOUND' });
  });

  test('gives back the configuration', async () => {
    const { directory } = await freshRun();
    expect(await (await openRun(directory)).readConfig()).toEqual({ batchSize: 8 });
  });

  test('says when the configuration is not JSON', async () => {
    const run = await freshRun();
    for (const text of ['{', 'null', '3']) {
      writeFileSync(join(run.directory, 'config.json'), text);
      await expect(run.readConfig()).rejects.toMatchObject({ code: 'ERR_CHECKPOINT_FORMAT' });
    }
  });

  test('cuts a line of metrics that was not finished', async () => {
    const run = await freshRun();
    await run.appendMetrics({ step: 1 });
    appendFileSync(join(run.directory, 'metrics.jsonl'), '{"step":2,"lo');
    await (await openRun(run.directory)).appendMetrics({ step: 2 });
    expect(metricsOf(run)).toBe('{"step":1}\n{"step":2}\n');
  });

  test('makes the directories that are missing', async () => {
    const run = await freshRun();
    rmSync(join(run.directory, 'samples'), { recursive: true });
    await openRun(run.directory);
    expect(existsSync(join(run.directory, 'samples'))).toBe(true);
  });
});

describe('metrics', () => {
  test('are one line each', async () => {
    const run = await freshRun();
    await run.appendMetrics({ step: 10, note: 'two\nlines' });
    await run.appendMetrics({ step: 20 });
    const lines = metricsOf(run).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual([{ step: 10, note: 'two\nlines' }, { step: 20 }]);
  });

  test('are cut where they go beyond the step that is resumed', async () => {
    const run = await freshRun();
    for (const step of [10, 20, 20, 30]) await run.appendMetrics({ step });
    await run.appendMetrics({ note: 'later' });
    await run.truncateMetrics(20);
    expect(metricsOf(run)).toBe('{"step":10}\n{"step":20}\n{"step":20}\n');
  });

  test('need not be there to be cut', async () => {
    await expect((await freshRun()).truncateMetrics(3)).resolves.toBeUndefined();
  });

  test('fail in words on a full disk', async () => {
    const run = await freshRun();
    symlinkSync('/dev/full', join(run.directory, 'metrics.jsonl'));
    await expect(run.appendMetrics({ step: 1 })).rejects.toMatchObject({
      code: 'ERR_OUTPUT',
      message: expect.stringContaining('the disk is full'),
    });
  });
});

test('samples are named after their epoch', async () => {
  const run = await freshRun();
  expect(run.samplePath(7)).toBe(join(run.directory, 'samples', 'epoch-0007.png'));
  expect(basename(run.samplePath(12_345))).toBe('epoch-12345.png');
});

describe('saveCheckpoint', () => {
  test('names the file after the step', async () => {
    const run = await freshRun();
    const path = await run.saveCheckpoint(smallCheckpoint(468), { keepLast: 1, keepForGood: false });
    expect(path).toBe(join(run.directory, 'checkpoints', 'step-00000468.safetensors'));
  });

  test('keeps the last ones', async () => {
    const run = await freshRun();
    await save(run, [1, 2, 3, 100_000_000], 2);
    expect(stored(run)).toEqual(['step-00000003.safetensors', 'step-100000000.safetensors']);
  });

  test('keeps those that are marked for good, also after the run was opened again', async () => {
    const run = await freshRun();
    await save(run, [1, 2, 3], 1, [2]);
    await save(await openRun(run.directory), [4, 5], 1);
    expect(stored(run)).toEqual(['step-00000002-kept.safetensors', 'step-00000005.safetensors']);
  });

  test('stores one file for a step that is saved twice', async () => {
    const run = await freshRun();
    await save(run, [1, 1]);
    await save(run, [1], 3, [1]);
    await save(run, [1]);
    expect(stored(run)).toEqual(['step-00000001-kept.safetensors']);
  });

  test('removes nothing when the new one cannot be written', async () => {
    const run = await freshRun();
    await save(run, [1, 2], 2);
    mkdirSync(join(run.directory, 'checkpoints', 'step-00000003.safetensors'));
    await expect(save(run, [3], 1)).rejects.toMatchObject({ code: 'ERR_OUTPUT' });
    expect(stored(run)).toContain('step-00000001.safetensors');
  });

  test('does not count damaged files of later steps among the last', async () => {
    const run = await freshRun();
    await save(run, [1, 2]);
    writeFileSync(join(run.directory, 'checkpoints', 'step-00000009.safetensors'), 'damaged');
    await save(run, [3], 2);
    expect((await run.latestCheckpoint())?.checkpoint.step).toBe(3);
    expect(stored(run)).toHaveLength(3);
  });
});

describe('the latest checkpoint', () => {
  test('is null before the first', async () => {
    expect(await (await freshRun()).latestCheckpoint()).toBeNull();
  });

  test('is the one of the highest step, kept or not', async () => {
    const run = await freshRun();
    await save(run, [1, 99_999_999, 100_000_000], 3, [1]);
    const latest = await run.latestCheckpoint();
    expect(latest?.skipped).toEqual([]);
    expect(bits(latest!.checkpoint)).toEqual(bits(smallCheckpoint(100_000_000)));
  });

  test('falls back from damaged files, and tells which', async () => {
    const run = await freshRun();
    await save(run, [1, 2, 3]);
    const [, second, third] = stored(run).map((name) => join(run.directory, 'checkpoints', name));
    truncateSync(second!, 100);
    truncateSync(third!, 0);
    const latest = await run.latestCheckpoint();
    expect(latest?.checkpoint.step).toBe(1);
    expect(latest?.skipped.map(({ value }) => value)).toEqual([third, second]);
  });

  test("is the newest one's error when every file is damaged", async () => {
    const run = await freshRun();
    await save(run, [1]);
    const path = join(run.directory, 'checkpoints', stored(run)[0]!);
    truncateSync(path, 100);
    await expect(run.latestCheckpoint()).rejects.toMatchObject({
      code: 'ERR_CHECKPOINT_FORMAT',
      value: path,
    });
  });
});

describe('resolveCheckpoint', () => {
  test('takes a run or a file', async () => {
    const run = await freshRun();
    await save(run, [1, 2]);
    const { path } = await resolveCheckpoint(run.directory);
    expect(basename(path)).toBe('step-00000002.safetensors');
    expect((await resolveCheckpoint(path)).checkpoint.step).toBe(2);
  });

  test('says when a run has no checkpoint yet', async () => {
    const { directory } = await freshRun();
    await expect(resolveCheckpoint(directory)).rejects.toMatchObject({
      code: 'ERR_CHECKPOINT_NOT_FOUND',
      message: expect.stringContaining('no checkpoint yet'),
    });
  });

  test('says when there is nothing, or another directory', async () => {
    for (const path of [freshName(), root]) {
      await expect(resolveCheckpoint(path)).rejects.toMatchObject({ code: 'ERR_CHECKPOINT_NOT_FOUND' });
    }
  });
});
