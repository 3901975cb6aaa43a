import {
  appendFileSync,
  mkdirSync,
  promises,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { createRun, openRun, resolveCheckpoint } from '../../lib/run/run.js';
import { RunWriter } from '../../lib/run/writer.js';
import { freshName, freshRun, owned, root, save } from './helpers.js';

const home = process.cwd();

/** Every path, size and time of change below a directory, and what is in the small files. */
function everythingIn(directory: string): unknown[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const { size, mtimeMs, ino } = statSync(join(directory, name));
      return [name, size, mtimeMs, ino];
    });
}

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

  test('refuses a directory with a run in it, and names GanTrainer.resume', async () => {
    const run = await freshRun();
    await save(run, [1]);
    await run.end();
    await expect(createRun(run.directory)).rejects.toMatchObject({
      code: 'ERR_OUTPUT_EXISTS',
      message: expect.stringContaining('GanTrainer.resume'),
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

  test('leaves alone a run that ends while another is begun in its directory', async () => {
    const run = await freshRun();
    await save(run, [1]);
    await run.appendMetrics({ step: 1 });
    // The run ends between the first look at its session and what follows.
    const { readdir } = promises;
    const looking = jest.spyOn(promises, 'readdir').mockImplementationOnce((async (path: string) => {
      const names = await readdir(path);
      await run.end();
      return names;
    }) as typeof readdir);
    try {
      await expect(owned(createRun(run.directory))).rejects.toMatchObject({ code: 'ERR_RUN_LOCKED' });
    } finally {
      looking.mockRestore();
    }
    const { latest, session } = await openRun(run.directory);
    expect([latest?.checkpoint.step, session?.number]).toEqual([1, 1]);
  });
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

test('samples are named after their epoch', async () => {
  const run = await freshRun();
  expect(run.samplePath(7)).toBe(join(run.directory, 'samples', 'epoch-0007.png'));
  expect(basename(run.samplePath(12_345))).toBe('epoch-12345.png');
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
