import { spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { EventFile } from '../../lib/tensorboard/event_file.js';
import { scalar } from '../../lib/tensorboard/event_schema.js';
import { temporaryDirectory } from '../support/cleanup.js';
import { compilePackage } from '../support/compile_package.js';
import { eventFilesIn, eventsIn, recordsIn, scalarsOf } from './helpers.js';

const loss = (value: number) => [scalar('loss', value)];

test('each event can be read as soon as it is appended', async () => {
  const directory = join(temporaryDirectory(), 'made', 'too');
  const file = await EventFile.begin(directory, 0, true);
  const seen: number[] = [eventsIn(directory).length];
  for (const step of [1, 2, 3]) {
    await file.append(step, loss((step - 1) / 2));
    seen.push(eventsIn(directory).length);
  }
  await file.close();
  expect(seen).toEqual([1, 2, 3, 4]);
  const [first, ...events] = eventsIn(directory);
  expect(first).toMatchObject({ file_version: 'brain.Event:2' });
  expect(first!.wall_time).toBeGreaterThan(Date.now() / 1000 - 60);
  expect(scalarsOf(events)).toEqual([
    [1, 'loss', 0],
    [2, 'loss', 0.5],
    [3, 'loss', 1],
  ]);
});

test('the file of a later session comes after the others by its name, also in the same second or after the clock was set', async () => {
  const directory = temporaryDirectory();
  const future = Math.floor(Date.now() / 1000) + 3600;
  writeFileSync(join(directory, `events.out.tfevents.${future}.elsewhere.1.0`), '');
  const names: string[] = [];
  for (const step of [1, 2, 3]) {
    const file = await EventFile.begin(directory, step, false);
    names.push(file.path);
    await file.close();
  }
  expect(eventFilesIn(directory).slice(1)).toEqual(names.map((path) => path.slice(directory.length + 1)));
});

test('a session that goes on says so before its first event, and not when it comes to nothing', async () => {
  const directory = temporaryDirectory();
  const nothing = await EventFile.begin(directory, 20, false);
  await nothing.close();
  expect(eventsIn(directory).map(({ session_log }) => session_log)).toEqual([undefined]);
  const file = await EventFile.begin(directory, 20, false);
  for (const step of [30, 40]) await file.append(step, loss(1));
  await file.close();
  expect(eventsIn(directory).slice(1)).toMatchObject([
    { file_version: 'brain.Event:2' },
    { step: 21, session_log: { status: 'START' } },
    { step: 30 },
    { step: 40 },
  ]);
});

test('a new training is not mixed with what is there', async () => {
  const directory = temporaryDirectory();
  await (await EventFile.begin(directory, 0, true)).close();
  await expect(EventFile.begin(directory, 0, true)).rejects.toMatchObject({
    code: 'ERR_OUTPUT_EXISTS',
    value: directory,
  });
  expect(eventFilesIn(directory)).toHaveLength(1);
});

test('a directory that cannot be made is ERR_OUTPUT', async () => {
  const path = join(temporaryDirectory(), 'file');
  writeFileSync(path, 'mine');
  await expect(EventFile.begin(join(path, 'within'), 0, true)).rejects.toMatchObject({ code: 'ERR_OUTPUT' });
  expect(readFileSync(path, 'utf8')).toBe('mine');
});

test('events that do not fit onto the disk leave whole records, and a sentence', () => {
  const root = temporaryDirectory();
  const library = join(compilePackage(join(root, 'compiled')), 'dist', 'tensorboard');
  const directory = join(root, 'events');
  const script = `
    const { EventFile } = require(${JSON.stringify(join(library, 'event_file.js'))});
    const { scalar, text } = require(${JSON.stringify(join(library, 'event_schema.js'))});
    EventFile.begin(${JSON.stringify(directory)}, 0, true).then(async (file) => {
      const long = () => file.append(1, [text('long', 'x'.repeat(1000))]);
      try {
        for (;;) await long();
      } catch (error) {
        console.log(error.code, error.message);
        await file.append(2, [scalar('loss', 1)]);
      }
    });`;
  // Files of at most 8 KiB.
  const child = spawnSync('bash', ['-c', 'ulimit -f 8; exec "$0" -e "$1"', process.execPath, script], {
    encoding: 'utf8',
    env: { ...process.env, NODE_PATH: resolve('node_modules') },
  });
  expect(child.stderr).toBe('');
  expect(child.stdout).toMatch(
    /^ERR_OUTPUT Cannot write .*events\.out\.tfevents.*: the file would become larger/,
  );
  const [name] = eventFilesIn(directory);
  const path = join(directory, name!);
  expect(statSync(path).size).toBeGreaterThan(7000);
  expect(recordsIn(readFileSync(path)).length).toBeGreaterThan(7);
  // What is smaller found its place behind them.
  expect(scalarsOf(eventsIn(directory))).toEqual([[2, 'loss', 1]]);
});
