import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { hasEnded, thisProcess } from '../../lib/files/process_mark.js';
import { createRun } from '../../lib/run/run.js';
import { lastSession, OwnedSession, staleAfter } from '../../lib/run/sessions.js';
import { RunWriter } from '../../lib/run/writer.js';
import { temporaryDirectory } from '../checkpoint/helpers.js';
import { compilePackage } from '../support/compile_package.js';
import { metricsOf } from './helpers.js';

const root = temporaryDirectory();
let count = 0;
const freshName = () => join(root, `run-${count++}`);
const fileOf = (run: string, number: number) =>
  join(run, 'sessions', `${String(number).padStart(4, '0')}.json`);

/** A session that was begun in a process elsewhere, of which nothing can be proved here. */
async function foreignSession(run: string): Promise<OwnedSession> {
  const session = await OwnedSession.begin(run, 0, null);
  const record = JSON.parse(readFileSync(fileOf(run, 1), 'utf8'));
  record.process.space = 'another machine';
  record.host = 'elsewhere';
  writeFileSync(fileOf(run, 1), JSON.stringify(record));
  return session;
}

/** As if its owner had been silent for `seconds`. */
function silence(run: string, seconds: number): void {
  const then = Date.now() / 1000 - seconds;
  utimesSync(fileOf(run, 1), then, then);
}

test('a second writer is refused, and told who writes, where and since when', async () => {
  const run = await createRun(freshName());
  await expect(RunWriter.begin(run.directory, 1, 0)).rejects.toMatchObject({
    code: 'ERR_RUN_LOCKED',
    message: expect.stringMatching(
      new RegExp(`is being written by process ${process.pid} on \\S+ since \\d{4}-.* \\d s ago`),
    ),
  });
  await run.end();
  await (await RunWriter.begin(run.directory, 1, 0)).end();
});

test('a run that was given free goes to only one of many at once', async () => {
  const first = await createRun(freshName());
  await first.end();
  const results = await Promise.allSettled(
    Array.from({ length: 8 }, () => RunWriter.begin(first.directory, 1, 0)),
  );
  const winners = results.filter(({ status }) => status === 'fulfilled');
  expect(winners).toHaveLength(1);
  for (const result of results) {
    if (result.status === 'rejected') expect(result.reason.code).toMatch(/^ERR_RUN_(LOCKED|CHANGED)$/);
    else await result.value.end();
  }
});

test('of an owner of whom nothing can be proved, a run is free after a minute of silence, and not before', async () => {
  const name = freshName();
  const session = await foreignSession(name);
  silence(name, staleAfter - 10);
  await expect(OwnedSession.begin(name, 1, null)).rejects.toMatchObject({
    code: 'ERR_RUN_LOCKED',
    message: expect.stringContaining('on elsewhere since'),
  });
  silence(name, staleAfter + 10);
  const next = await OwnedSession.begin(name, 1, null);
  expect(next.number).toBe(2);
  await expect(session.check()).rejects.toMatchObject({ code: 'ERR_RUN_CHANGED' });
  await expect(next.check()).resolves.toBeUndefined();
  await session.end();
  await next.end();
});

test('an owner that was passed over writes nothing more', async () => {
  const run = await createRun(freshName());
  await run.appendMetrics({ step: 1 });
  silence(run.directory, staleAfter + 10);
  const next = await RunWriter.begin(run.directory, 1, 1);
  const lost = { code: 'ERR_RUN_CHANGED', message: expect.stringContaining('taken over') };
  await expect(run.appendMetrics({ step: 2 })).rejects.toMatchObject(lost);
  await expect(run.writeConfig({})).rejects.toMatchObject(lost);
  await next.appendMetrics({ step: 2 });
  expect(metricsOf(run)).toEqual([{ step: 1 }, { step: 2 }]);
  await run.end();
  await next.end();
});

test('a run that another process has trained meanwhile must be opened anew', async () => {
  const run = await createRun(freshName());
  await run.end();
  await (await RunWriter.begin(run.directory, 1, 0)).end();
  await expect(RunWriter.begin(run.directory, 1, 0)).rejects.toMatchObject({ code: 'ERR_RUN_CHANGED' });
});

test('a file that cannot be understood holds the run until it is stale', async () => {
  const name = freshName();
  await (await createRun(name)).end();
  writeFileSync(fileOf(name, 2), '');
  await expect(OwnedSession.begin(name, 1, null)).rejects.toMatchObject({
    code: 'ERR_RUN_LOCKED',
    message: expect.stringContaining('by another process'),
  });
  expect(await lastSession(name, Date.now() + 2 * staleAfter * 1000)).toMatchObject({
    number: 2,
    isOver: true,
  });
});

test('the owner gives a sign of life every few seconds, and its record stays as it was', async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] });
  try {
    const name = freshName();
    const session = await OwnedSession.begin(name, 0, null);
    const text = readFileSync(fileOf(name, 1), 'utf8');
    silence(name, 100);
    jest.advanceTimersByTime(5_000);
    for (let turn = 0; turn < 50 && (await lastSession(name))!.silent > 10; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await lastSession(name))!.silent).toBeLessThan(10);
    expect(readFileSync(fileOf(name, 1), 'utf8')).toBe(text);
    await session.end();
  } finally {
    jest.useRealTimers();
  }
});

test('who killed the owner on the same machine need not wait', async () => {
  const name = freshName();
  const library = join(compilePackage(join(root, 'compiled')), 'dist');
  const script = `
    const { createRun } = require(${JSON.stringify(join(library, 'run/run.js'))});
    createRun(${JSON.stringify(name)}).then(() => process.stdout.write('owned'));
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_PATH: resolve('node_modules') },
  });
  await once(child.stdout, 'data');
  await expect(RunWriter.begin(name, 1, 0)).rejects.toMatchObject({ code: 'ERR_RUN_LOCKED' });
  child.kill('SIGKILL');
  await once(child, 'close');
  await (await RunWriter.begin(name, 1, 0)).end();
  expect(readdirSync(join(name, 'sessions')).sort()).toEqual(['0001.json', '0002.ended', '0002.json']);
});

test('the end of a process is proved by its number only together with its start and its namespace', () => {
  const mark = thisProcess();
  expect(hasEnded(mark)).toBe(false);
  expect(hasEnded({ ...mark, start: '1' })).toBe(true);
  expect(hasEnded({ ...mark, pid: 999_999_999 })).toBe(true);
  for (const unknown of [{ space: null }, { start: null }, { space: 'another' }]) {
    expect(hasEnded({ ...mark, pid: 999_999_999, ...unknown })).toBe(false);
  }
});
