import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { compilePackage } from '../support/compile_package.js';
import { finished, temporaryDirectory } from './helpers.js';

const root = temporaryDirectory();
let program: string;

beforeAll(() => {
  program = compilePackage(join(root, 'package'));
});

/** A program that goes on for `saving` ms after it was told to stop, then ends with the status of the interruption. */
async function startWorking(saving: number): Promise<ChildProcess> {
  const script = `
    const { InterruptionWatch } = require(${JSON.stringify(join(program, 'dist/cli/interruption.js'))});
    const watch = new InterruptionWatch(({ by }) => console.error('told ' + by));
    const work = setInterval(() => process.stdout.write('working\\n'), 10);
    watch.signal.addEventListener('abort', () => setTimeout(() => {
      console.error('saved');
      clearInterval(work);
      watch.close();
      process.exitCode = watch.signal.reason.exitCode;
    }, ${saving}));`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'pipe'] });
  await once(child.stdout, 'data');
  return child;
}

test('Ctrl-C lets the work be saved, and the status is 130', async () => {
  const child = await startWorking(50);
  child.kill('SIGINT');
  expect(await finished(child)).toMatchObject({ status: 130, stderr: 'told Ctrl-C\nsaved\n' });
});

test('SIGTERM lets the work be saved, and the status is 143', async () => {
  const child = await startWorking(50);
  child.kill('SIGTERM');
  expect(await finished(child)).toMatchObject({ status: 143, stderr: 'told SIGTERM\nsaved\n' });
});

test('a terminal that goes away lets the work be saved, and the status is 129', async () => {
  const child = await startWorking(50);
  child.kill('SIGHUP');
  expect(await finished(child)).toMatchObject({ status: 129, stderr: 'told SIGHUP\nsaved\n' });
});

test('one more SIGHUP, as shells send it, lets the work be saved all the same', async () => {
  const child = await startWorking(1000);
  const end = finished(child);
  child.kill('SIGHUP');
  await setTimeout(700);
  child.kill('SIGHUP');
  expect(await end).toMatchObject({ status: 129, stderr: 'told SIGHUP\nsaved\n' });
});

test('a second Ctrl-C ends the program at once', async () => {
  const child = await startWorking(60_000);
  const end = finished(child);
  child.kill('SIGINT');
  await setTimeout(700);
  child.kill('SIGINT');
  expect(await end).toMatchObject({ status: 130, stderr: 'told Ctrl-C\n' });
});

test('one Ctrl-C that npx delivers twice still lets the work be saved', async () => {
  const child = await startWorking(200);
  const end = finished(child);
  child.kill('SIGINT');
  await setTimeout(50);
  child.kill('SIGINT');
  expect(await end).toMatchObject({ status: 130, stderr: 'told Ctrl-C\nsaved\n' });
});

test('when the reader of stdout goes away the work is saved, and the status is 141', async () => {
  const child = await startWorking(50);
  child.stdout?.destroy();
  expect(await finished(child)).toMatchObject({ status: 141, stderr: 'told closed stdout\nsaved\n' });
});
