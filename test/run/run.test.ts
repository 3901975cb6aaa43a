import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  promises,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { latestCheckpoint } from '../../lib/run/checkpoints.js';
import { createRun, openRun, resolveCheckpoint } from '../../lib/run/run.js';
import { RunWriter } from '../../lib/run/writer.js';
import { temporaryDirectory } from '../checkpoint/helpers.js';
import { compilePackage } from '../support/compile_package.js';
import { modelCheckpoint } from '../support/model_state.js';

const root = temporaryDirectory();
const home = process.cwd();
const open: RunWriter[] = [];
let count = 0;

const freshName = () => join(root, `run-${count++}`);

/** Ends the run's session after the test. */
async function owned(run: Promise<RunWriter>): Promise<RunWriter> {
  open.push(await run);
  return run;
}

afterEach(async () => {
  for (const run of open.splice(0)) await run.end();
});

async function freshRun(): Promise<RunWriter> {
  const run = await owned(createRun(freshName()));
  await run.writeConfig({ batchSize: 8 });
  return run;
}

/** The same run, given free and taken again by another session that goes on from `step`. */
async function reopened(run: RunWriter, step: number): Promise<RunWriter> {
  await run.end();
  return owned(RunWriter.begin(run.directory, run.session, step));
}

async function save(run: RunWriter, steps: readonly number[], keepLast = 3, kept: readonly number[] = []) {
  for (const step of steps) {
    await run.saveCheckpoint(modelCheckpoint(step), { keepLast, keepForGood: kept.includes(step) });
  }
}

/** Every path, size and time of change below a directory, and what is in the small files. */
function everythingIn(directory: string): unknown[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const { size, mtimeMs, ino } = statSync(join(directory, name));
      return [name, size, mtimeMs, ino];
    });
}

const stored = (run: RunWriter) => readdirSync(join(run.directory, 'checkpoints')).sort();
const metricsOf = (run: RunWriter) => readFileSync(join(run.directory, 'metrics.jsonl'), 'utf8');

describe('createRun', () => {
  afterEach(() => process.chdir(home));

  test('takes the next free name under runs/ when none is given', async () => {
    const place = freshName();
    mkdirSync(join(place, 'runs', '0007'), { recursive: true });
    mkdirSync(join(place, 'runs', 'mine'));
    process.chdir(place);
    expect((await owned(createRun(null))).directory).toBe(join('runs', '0008'));
    expect((await owned(createRun(null))).directory).toBe(join('runs', '0009'));
  });

  test('gives each of many at once a name of its own', async () => {
    const place = freshName();
    mkdirSync(place);
    process.chdir(place);
    const runs = await Promise.all(Array.from({ length: 12 }, () => owned(createRun(null))));
    expect(new Set(runs.map((run) => run.directory)).size).toBe(12);
    expect(readdirSync('runs')).toHaveLength(12);
  });

  test('gives one name to only one of many at once', async () => {
    const name = freshName();
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => owned(createRun(name))));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'ERR_RUN_LOCKED' });
    }
  });

  test('takes an empty directory that is there', async () => {
    const name = freshName();
    mkdirSync(name);
    await expect(owned(createRun(name))).resolves.toMatchObject({ directory: name });
  });

  test('refuses a directory with a run in it, and names --resume', async () => {
    const run = await freshRun();
    await save(run, [1]);
    await run.end();
    await expect(createRun(run.directory)).rejects.toMatchObject({
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

  test('takes a directory in which a start failed before anything was trained', async () => {
    const name = freshName();
    const first = await createRun(name);
    symlinkSync('/dev/full', join(name, 'config.json'));
    await expect(first.writeConfig({})).rejects.toMatchObject({ code: 'ERR_OUTPUT' });
    await first.end();
    rmSync(join(name, 'config.json'));
    const second = await owned(createRun(name));
    await second.writeConfig({ seed: 2 });
    expect((await openRun(name)).config).toEqual({ seed: 2 });
  });

  test.each(['metrics', 'samples'])(
    'refuses a directory whose run has left %s, if no checkpoint',
    async (what) => {
      const run = await freshRun();
      if (what === 'metrics') await run.appendMetrics({ step: 1 });
      else await run.writeFile(run.samplePath(1), Buffer.from('a picture'));
      await run.end();
      await expect(createRun(run.directory)).rejects.toMatchObject({ code: 'ERR_OUTPUT_EXISTS' });
    },
  );
});

describe('openRun', () => {
  test('refuses what is no run', async () => {
    const name = freshName();
    await expect(openRun(name)).rejects.toMatchObject({ code: 'ERR_CHECKPOINT_NOT_FOUND' });
    mkdirSync(name);
    await expect(openRun(name)).rejects.toMatchObject({ code: 'ERR_CHECKPOINT_NOT_FOUND' });
  });

  test('gives configuration, newest checkpoint and newest session', async () => {
    const run = await freshRun();
    await save(run, [1, 2]);
    const { config, latest, session } = await openRun(run.directory);
    expect(config).toEqual({ batchSize: 8 });
    expect(latest?.checkpoint.step).toBe(2);
    expect(session).toMatchObject({ number: 1, isOver: false, record: { process: { pid: process.pid } } });
  });

  test('opens a run of a version that kept no sessions', async () => {
    const run = await freshRun();
    await run.end();
    rmSync(join(run.directory, 'sessions'), { recursive: true });
    expect(await openRun(run.directory)).toMatchObject({ latest: null, session: null });
    expect(await owned(RunWriter.begin(run.directory, 0, 0))).toMatchObject({ session: 1 });
  });

  test('says when the configuration is not JSON', async () => {
    const { directory } = await freshRun();
    for (const text of ['{', 'null', '3']) {
      writeFileSync(join(directory, 'config.json'), text);
      await expect(openRun(directory)).rejects.toMatchObject({ code: 'ERR_CHECKPOINT_FORMAT' });
    }
  });

  test('changes nothing on disk, whatever a killed process has left', async () => {
    const run = await freshRun();
    await save(run, [1]);
    await run.appendMetrics({ step: 1 });
    appendFileSync(join(run.directory, 'metrics.jsonl'), '{"step":2,"lo');
    rmSync(join(run.directory, 'samples'), { recursive: true });
    const temporary = join(run.directory, 'checkpoints', '.a.0123456789ab.tmp');
    writeFileSync(temporary, '');
    utimesSync(temporary, 0, 0);
    const before = everythingIn(run.directory);
    await openRun(run.directory);
    expect(everythingIn(run.directory)).toEqual(before);
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

  test('are cut where they go beyond the step from which a run goes on, with the first line that it comes to', async () => {
    const run = await freshRun();
    for (const step of [10, 20, 20, 30]) await run.appendMetrics({ step });
    await run.appendMetrics({ note: 'later' });
    await (await reopened(run, 20)).appendMetrics({ step: 21 });
    expect(metricsOf(run)).toBe('{"step":10}\n{"step":20}\n{"step":20}\n{"step":21}\n');
  });

  test('are cut there with the first checkpoint, too, which would make them count again', async () => {
    const run = await freshRun();
    for (const step of [10, 20, 30]) await run.appendMetrics({ step });
    await save(await reopened(run, 20), [40]);
    expect(metricsOf(run)).toBe('{"step":10}\n{"step":20}\n');
  });

  test('stay as they are when a training that goes on comes to nothing', async () => {
    const run = await freshRun();
    for (const step of [10, 20, 30]) await run.appendMetrics({ step });
    await (await reopened(run, 20)).end();
    expect(metricsOf(run)).toBe('{"step":10}\n{"step":20}\n{"step":30}\n');
  });

  test('are cut before a line that was not finished', async () => {
    const run = await freshRun();
    await run.appendMetrics({ step: 1 });
    appendFileSync(join(run.directory, 'metrics.jsonl'), '{"step":2,"lo');
    await (await reopened(run, 5)).appendMetrics({ step: 2 });
    expect(metricsOf(run)).toBe('{"step":1}\n{"step":2}\n');
  });

  test('never continue a line that could not be written to its end', async () => {
    const run = await freshRun();
    await run.appendMetrics({ step: 1 });
    appendFileSync(join(run.directory, 'metrics.jsonl'), '{"step":2,"a longer line, left by a failure');
    await run.appendMetrics({ step: 2 });
    expect(metricsOf(run)).toBe('{"step":1}\n{"step":2}\n');
  });

  test('that do not fit onto the disk leave whole lines, and a sentence', () => {
    const name = freshName();
    const library = join(compilePackage(join(root, 'compiled')), 'dist');
    const script = `
      const { createRun } = require(${JSON.stringify(join(library, 'run/run.js'))});
      createRun(${JSON.stringify(name)}).then(async (run) => {
        for (;;) await run.appendMetrics({ step: 1, text: 'x'.repeat(1000) });
      }).catch((error) => console.log(error.code, error.message));`;
    // Files of at most 8 KiB.
    const child = spawnSync('bash', ['-c', 'ulimit -f 8; exec "$0" -e "$1"', process.execPath, script], {
      encoding: 'utf8',
      env: { ...process.env, NODE_PATH: resolve('node_modules') },
    });
    expect(child.stdout).toMatch(/^ERR_OUTPUT Cannot write .*metrics\.jsonl: the file would become larger/m);
    const lines = readFileSync(join(name, 'metrics.jsonl'), 'utf8').split('\n');
    expect(lines.pop()).toBe('');
    expect(lines).toHaveLength(8);
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ step: 1 });
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
    const path = await run.saveCheckpoint(modelCheckpoint(468), { keepLast: 1, keepForGood: false });
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
    await save(await reopened(run, 3), [4, 5], 1);
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
    expect((await latestCheckpoint(run.directory))?.checkpoint.step).toBe(3);
    expect(stored(run)).toHaveLength(3);
  });
});

describe('the latest checkpoint', () => {
  test('is null before the first', async () => {
    expect(await latestCheckpoint((await freshRun()).directory)).toBeNull();
  });

  test('is the one of the highest step, kept or not', async () => {
    const run = await freshRun();
    await save(run, [1, 99_999_999, 100_000_000], 3, [1]);
    const latest = await latestCheckpoint(run.directory);
    expect(latest?.skipped).toEqual([]);
    expect(latest?.checkpoint.state['adam.v.discriminator.dense.bias']?.data[0]).toBe(100_000_000);
  });

  test('falls back from damaged files, and tells which', async () => {
    const run = await freshRun();
    await save(run, [1, 2, 3]);
    const [, second, third] = stored(run).map((name) => join(run.directory, 'checkpoints', name));
    truncateSync(second!, 100);
    truncateSync(third!, 0);
    const latest = await latestCheckpoint(run.directory);
    expect(latest?.checkpoint.step).toBe(1);
    expect(latest?.skipped.map(({ value }) => value)).toEqual([third, second]);
  });

  test("is the newest one's error when every file is damaged", async () => {
    const run = await freshRun();
    await save(run, [1]);
    const path = join(run.directory, 'checkpoints', stored(run)[0]!);
    truncateSync(path, 100);
    await expect(latestCheckpoint(run.directory)).rejects.toMatchObject({
      code: 'ERR_CHECKPOINT_FORMAT',
      value: path,
    });
  });

  test.each(['EMFILE', 'EIO', 'EACCES'])(
    'is not an older one because of %s, which proves no damage',
    async (code) => {
      const run = await freshRun();
      await save(run, [1, 2]);
      const newest = join(run.directory, 'checkpoints', 'step-00000002.safetensors');
      const { open } = promises;
      const failing = jest.spyOn(promises, 'open').mockImplementation((path, ...rest) => {
        if (path === newest) return Promise.reject(Object.assign(new Error(`${code}: no luck`), { code }));
        return open(path, ...rest);
      });
      try {
        await expect(openRun(run.directory)).rejects.toMatchObject({
          code: 'ERR_CHECKPOINT_READ',
          value: newest,
        });
      } finally {
        failing.mockRestore();
      }
    },
  );

  test('is found while the writer makes newer ones and removes those that were listed', async () => {
    const run = await freshRun();
    await save(run, [1], 1);
    const writing = save(
      run,
      Array.from({ length: 40 }, (_, i) => i + 2),
      1,
    );
    let isDone = false;
    void writing.then(() => {
      isDone = true;
    });
    let last = 0;
    while (!isDone) {
      const step = (await latestCheckpoint(run.directory))!.checkpoint.step;
      expect(step).toBeGreaterThanOrEqual(last);
      last = step;
    }
    await writing;
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
