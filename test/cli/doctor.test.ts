import { mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Check } from '../../lib/doctor/check.js';
import { compilePackage } from '../support/compile_package.js';
import { finished, type Outcome, start, temporaryDirectory } from './helpers.js';

const root = temporaryDirectory();
let program: string;

beforeAll(() => {
  program = compilePackage(join(root, 'package'));
});

const run = (args: readonly string[], variables: Readonly<Record<string, string>> = {}): Promise<Outcome> =>
  finished(start(program, root, ['doctor', ...args], variables));

const checksOf = ({ stdout }: Outcome): readonly Check[] => JSON.parse(stdout).checks;

const check = (outcome: Outcome, name: string): Check | undefined =>
  checksOf(outcome).find((found) => found.name === name);

describe('doctor where everything is there', () => {
  let outcome: Outcome;
  beforeAll(async () => {
    outcome = await run(['--json']);
  });

  test('says so, and exits with 0', () => {
    expect(outcome.status).toBe(0);
    expect(JSON.parse(outcome.stdout).ok).toBe(true);
  });

  test('has looked at everything', () => {
    expect(checksOf(outcome).map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        ...['Node.js', 'platform', 'loader', 'cores', 'glibc', 'libstdc++ GLIBCXX', 'libstdc++ CXXABI'],
        ...['libtorch: DCGAN_LIBTORCH', 'processor', 'memory', 'cache', 'runs'],
        ...['vector units', 'threads', 'devices', 'training step', 'pictures'],
      ]),
    );
  });

  test('has taken a training step, and tells its time', () => {
    expect(check(outcome, 'training step')?.detail).toMatch(/^\d+ ms for a batch of 128 on (cpu|cuda:0)$/);
  });

  test('says how many threads are taken by default, and what decided it', async () => {
    const one = await run(['--json'], { OMP_NUM_THREADS: '3,2' });
    expect(check(one, 'threads')?.detail).toBe('3 by default (OMP_NUM_THREADS)');
    expect(check(outcome, 'threads')?.detail).toMatch(
      /^\d+ by default \((the CPUs|the CPU quota|OMP_NUM_THREADS)/,
    );
  });

  test('compares glibc with what the libraries need', () => {
    expect(check(outcome, 'glibc')).toMatchObject({
      verdict: 'ok',
      detail: expect.stringMatching(/^2\.\d+ \(2\.\d+ or newer is needed\)$/),
    });
  });
});

test('doctor without libtorch fails, and names every place and what to do', async () => {
  const outcome = await run(['--json'], {
    PATH: root,
    XDG_CACHE_HOME: join(root, 'none'),
    DCGAN_LIBTORCH: '',
  });
  expect(outcome.status).toBe(1);
  expect(check(outcome, 'libtorch')).toMatchObject({
    verdict: 'failed',
    code: 'ERR_LIBTORCH_NOT_FOUND',
    remedy: expect.stringContaining('npx dcgan-native setup'),
  });
  expect(check(outcome, 'libtorch: python3')?.detail).toBe('no python3 that runs');
  expect(check(outcome, 'pictures')?.verdict).toBe('ok');
});

test('doctor for people is a line for each finding on stdout, with what to do below it', async () => {
  const { status, stdout, stderr } = await run([], { DCGAN_LIBTORCH: root, FORCE_COLOR: '0' });
  expect([status, stderr]).toEqual([1, '']);
  expect(stdout).toMatch(/^✔ Node\.js {19}\d+\.\d+\.\d+ \(/);
  expect(stdout).toMatch(/^✘ libtorch: DCGAN_LIBTORCH {2}ERR_LIBTORCH_NOT_FOUND: .*\n +do this: Set it to /m);
  expect(stdout).toMatch(/\nTraining would not work\. What to do stands above, beside each ✘\.\n$/);
  expect(stdout).not.toContain('\x1b');
});

test('doctor where sharp does not load says so, and fails, as training would at its first picture', async () => {
  const bare = compilePackage(join(root, 'without-sharp'));
  rmSync(join(bare, 'node_modules'));
  const modules = resolve('node_modules');
  mkdirSync(join(bare, 'node_modules'));
  for (const name of readdirSync(modules)) {
    if (name !== 'sharp') symlinkSync(join(modules, name), join(bare, 'node_modules', name));
  }
  const outcome = await finished(start(bare, root, ['doctor', '--json']));
  expect(outcome.status).toBe(1);
  expect(check(outcome, 'training step')?.verdict).toBe('ok');
  expect(check(outcome, 'pictures')).toMatchObject({
    verdict: 'failed',
    code: 'ERR_SETUP',
    detail: expect.stringContaining('npm install --include=optional sharp'),
  });
});

test('doctor in a package without its addon says so', async () => {
  const bare = compilePackage(join(root, 'bare'));
  for (const name of ['build', 'prebuilds']) rmSync(join(bare, name));
  const outcome = await finished(start(bare, root, ['doctor', '--json']));
  expect(outcome.status).toBe(1);
  expect(check(outcome, 'loader')).toMatchObject({
    verdict: 'failed',
    code: 'ERR_ADDON_NOT_FOUND',
    detail: expect.stringMatching(/^There is no native addon for /),
    remedy: expect.stringContaining('npm ci'),
  });
});

test('doctor warns of a cache that cannot be written', async () => {
  const outcome = await run(['--json'], { XDG_CACHE_HOME: process.execPath });
  expect(check(outcome, 'cache')).toMatchObject({
    verdict: 'warning',
    detail: expect.stringContaining('cannot be written (ENOTDIR)'),
    remedy: expect.stringContaining('XDG_CACHE_HOME'),
  });
});
