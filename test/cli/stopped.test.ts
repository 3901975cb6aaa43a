import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { resolveCheckpoint } from '../../lib/run/run.js';
import { compilePackage } from '../support/compile_package.js';
import { finished, type Outcome, start, temporaryDirectory, writeImages } from './helpers.js';

const root = temporaryDirectory();
const images = join(root, 'images-idx3-ubyte');
const flags = ['--data', images, '--batch-size', '4', '--seed', '7', '--threads', '1', '--device', 'cpu'];
const steps = 100;
let program: string;
let cwd: string;

beforeAll(() => {
  program = compilePackage(join(root, 'package'));
  writeImages(images, 1600);
});

beforeEach(() => {
  cwd = mkdtempSync(join(root, 'work-'));
});

/** Trains within one epoch, and does `stop` at the first step that is reported. */
async function stoppedTraining(stop: (child: ReturnType<typeof start>) => void): Promise<Outcome> {
  const [child, end] = startReporting([...flags, '--steps', `${steps}`]);
  let seen = '';
  while (!seen.includes('"type":"step"')) {
    const [chunk] = await once(child.stdout!, 'data');
    seen += chunk;
  }
  stop(child);
  return end;
}

const stepsOf = async (run: string): Promise<number> =>
  (await resolveCheckpoint(join(cwd, run))).checkpoint.step;

test('Ctrl-C saves everything, says how to go on, and exits with 130', async () => {
  const { status, stderr } = await stoppedTraining((child) => child.kill('SIGINT'));
  expect(status).toBe(130);
  expect(stderr).toMatch(/Stopped by Ctrl-C at step \d+: everything is saved\.\n/);
  expect(stderr).toMatch(/ {2}go on: {6}npx dcgan-native train --resume runs\/0001\n$/);
  expect(await stepsOf('runs/0001')).toBeLessThan(steps);
});

test('SIGTERM saves everything and exits with 143', async () => {
  expect((await stoppedTraining((child) => child.kill('SIGTERM'))).status).toBe(143);
  expect(await stepsOf('runs/0001')).toBeGreaterThan(0);
});

// Runs a program as the leader of a terminal's session, and closes the terminal as soon as there is something in a file.
// Prints how it ended: its status, or less than 0 for a signal.
const inTerminal = `
import os, pty, select, sys
awaited, *words = sys.argv[1:]
child, terminal = pty.fork()
if child == 0:
    os.execvp(words[0], words)
while not (os.path.exists(awaited) and os.path.getsize(awaited)):
    if select.select([terminal], [], [], 0.05)[0]:
        os.read(terminal, 65536)
os.close(terminal)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
`;

test.each([
  ['showing its bar', []],
  ['printing events', ['--json']],
])('a terminal that goes away ends the training with everything saved (%s)', async (_, more) => {
  const script = `require(${JSON.stringify(join(program, 'dist/cli/main.js'))})
    .main(process.argv.slice(1)).then((code) => { process.exitCode = code; });`;
  const training = ['train', ...flags, '--steps', `${steps}`, '--log-every', '1', ...more];
  const words = ['runs/0001/metrics.jsonl', process.execPath, '-e', script, '--', ...training];
  const { stdout } = await finished(
    spawn('python3', ['-c', inTerminal, ...words], { cwd, timeout: 100_000 }),
  );
  expect(stdout.trim()).toBe('129');
  expect(await stepsOf('runs/0001')).toBeGreaterThan(0);
});

test('a reader of --json that goes away ends the training, with everything saved and no stack', async () => {
  const { status, stderr } = await stoppedTraining((child) => child.stdout?.destroy());
  expect(status).toBe(141);
  expect(stderr).not.toMatch(/EPIPE|^\s+at /m);
  expect(await stepsOf('runs/0001')).toBeGreaterThan(0);
});

test('--resume after Ctrl-C goes up to the number first asked for, and ends as if nothing had happened', async () => {
  await stoppedTraining((child) => child.kill('SIGINT'));
  expect((await finished(start(program, cwd, ['train', '--resume', 'runs/0001']))).status).toBe(0);
  await finished(start(program, cwd, ['train', ...flags, '--steps', `${steps}`]));
  const [stopped, whole] = await Promise.all(
    ['runs/0001', 'runs/0002'].map((run) => resolveCheckpoint(join(cwd, run))),
  );
  expect(stopped!.checkpoint.step).toBe(steps);
  for (const [name, tensor] of Object.entries(whole!.checkpoint.state)) {
    const other = Buffer.from(stopped!.checkpoint.state[name]!.data.buffer);
    expect([name, Buffer.from(tensor.data.buffer).equals(other)]).toEqual([name, true]);
  }
});

test('an extension that was stopped goes on to what it was asked for, and so does a run begun with --from', async () => {
  await finished(start(program, cwd, ['train', ...flags, '--steps', '1']));
  const checkpoint = join(cwd, 'runs/0001/checkpoints/step-00000001.safetensors');
  for (const begin of [
    ['--resume', 'runs/0001'],
    ['--from', checkpoint, ...flags],
  ]) {
    const [child, end] = startReporting([...begin, '--steps', `${steps}`]);
    await once(child.stdout!, 'data');
    child.kill('SIGINT');
    const { stderr } = await end;
    const run = begin[0] === '--from' ? 'runs/0002' : 'runs/0001';
    expect(stderr).toContain(`npx dcgan-native train --resume ${run}\n`);
    expect(await stepsOf(run)).toBeLessThan(1 + steps);
    expect((await finished(start(program, cwd, ['train', '--resume', run]))).status).toBe(0);
    expect(await stepsOf(run)).toBe(1 + steps);
  }
});

function startReporting(args: readonly string[]): [ReturnType<typeof start>, Promise<Outcome>] {
  const child = start(program, cwd, ['train', ...args, '--log-every', '1', '--json']);
  return [child, finished(child)];
}
