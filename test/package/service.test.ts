import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openRun, type TrainEvent } from '../../lib/index.js';
import { installPackage } from '../support/installed.js';

/** What somebody does who puts the package behind an HTTP service, in strict TypeScript. */
const directory = mkdtempSync(join(tmpdir(), 'dcgan-service-'));
let service: ChildProcess;
let base: string;

beforeAll(async () => {
  installPackage(directory, ['typescript', '@types/node']);
  cpSync(join(__dirname, 'service'), directory, { recursive: true });
  const compiler = join(directory, 'node_modules', 'typescript', 'bin', 'tsc');
  const { stdout } = spawnSync(process.execPath, [compiler], { cwd: directory, encoding: 'utf8' });
  expect(stdout).toBe('');
  service = spawn(process.execPath, ['dist/main.js', directory], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [port] = await once(createInterface({ input: service.stdout! }), 'line');
  base = `http://127.0.0.1:${port}`;
}, 300_000);

afterAll(async () => {
  if (service.exitCode === null) {
    service.kill('SIGKILL');
    await once(service, 'exit');
  }
  rmSync(directory, { recursive: true });
});

const picture = async (seed: number): Promise<Buffer> =>
  Buffer.from(await (await fetch(`${base}/digits.png?seed=${seed}`)).arrayBuffer());

const train = (steps: number): Promise<Response> =>
  fetch(`${base}/training?steps=${steps}`, { method: 'POST' });

/** The events that are sent, until there are no more. */
async function* progress(): AsyncGenerator<TrainEvent> {
  const { body } = await fetch(`${base}/training`);
  let text = '';
  for await (const piece of body!.pipeThrough(new TextDecoderStream())) {
    const messages = (text + piece).split('\n\n');
    text = messages.pop()!;
    for (const message of messages) yield JSON.parse(/^data: (.*)$/m.exec(message)![1]!);
  }
}

async function untilStep(): Promise<void> {
  for await (const { type } of progress()) if (type === 'step') return;
}

async function typesOfProgress(): Promise<string[]> {
  const types: string[] = [];
  for await (const { type } of progress()) types.push(type);
  return types;
}

test('the declarations of the service name the package alone', () => {
  const declared = readFileSync(join(directory, 'dist', 'training.d.ts'), 'utf8');
  expect(declared).toContain('import("dcgan-native").FitRun');
  expect(declared).not.toContain('dist/');
});

test('a worker thread draws pictures by their seed', async () => {
  const [a, b, c] = await Promise.all([picture(1), picture(1), picture(2)]);
  expect(a.toString('latin1', 1, 4)).toBe('PNG');
  expect(b.equals(a)).toBe(true);
  expect(c.equals(a)).toBe(false);
});

test('everybody sees the whole of a training, whenever they begin to look', async () => {
  expect((await train(3)).status).toBe(202);
  const [early] = await Promise.all([typesOfProgress(), picture(3)]);
  expect(early).toEqual(expect.arrayContaining(['start', 'step', 'checkpoint', 'end']));
  expect(early.filter((type) => type === 'step')).toHaveLength(3);
  expect(await typesOfProgress()).toEqual(early);
});

test('a wrong number of steps is refused with the code of the package', async () => {
  const response = await train(0);
  expect([response.status, await response.json()]).toMatchObject([400, { code: 'ERR_OPTION' }]);
});

test('a second training meanwhile is refused, and a cancelled one has saved everything', async () => {
  expect((await train(100_000)).status).toBe(202);
  await untilStep();
  const second = await train(1);
  expect([second.status, await second.json()]).toMatchObject([409, { code: 'ERR_BUSY' }]);

  const { step } = (await (await fetch(`${base}/training`, { method: 'DELETE' })).json()) as { step: number };
  expect(step).toBeGreaterThan(3);
  expect((await openRun(join(directory, 'run'))).latest!.checkpoint.step).toBe(step);
});

test('SIGTERM in a training ends the service with everything saved, and those who look on are told', async () => {
  expect((await train(100_000)).status).toBe(202);
  const looking = typesOfProgress();
  await untilStep();
  service.kill('SIGTERM');
  expect(await once(service, 'exit')).toEqual([0, null]);
  expect((await looking).slice(-2)).toEqual(['checkpoint', 'end']);

  const { latest, session } = await openRun(join(directory, 'run'));
  expect(session!.isOver).toBe(true);
  const metrics = readFileSync(join(directory, 'run', 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n');
  expect(JSON.parse(metrics.at(-1)!).step).toBe(latest!.checkpoint.step);
});
