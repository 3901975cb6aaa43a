import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EvaluationReport } from '../../lib/index.js';
import { compilePackage } from '../support/compile_package.js';
import { finished, type Outcome, start, temporaryDirectory } from './helpers.js';

const root = temporaryDirectory();
let program: string;

beforeAll(() => {
  program = compilePackage(join(root, 'package'));
});

const run = (args: readonly string[], variables = {}): Promise<Outcome> =>
  finished(start(program, root, args, variables));

test('evaluate tells a table on stdout, and with --json a report', async () => {
  const options = ['--data', 'mnist', '--no-nearest', '--samples', '300', '--device', 'cpu'];
  const digits = join(program, 'lib', 'generation', 'digits.safetensors');
  const { status, stdout, stderr } = await run(['evaluate', digits, ...options]);
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(
    /^300 images of \S+digits\.safetensors \(step \d+\), compared with 300 of mnist\.\n/,
  );
  expect(stdout).toMatch(/^FID {2,}[\d.]+ {2,}[\d.]+ {2,}[\d.]+ {2}lower is better$/m);
  expect(stdout).toContain('The floor is what 300 real images of mnist-test have.');
  const json = await run(['evaluate', digits, ...options, '--json']);
  const report = JSON.parse(json.stdout) as EvaluationReport;
  expect(report).toMatchObject({ samples: 300, nearest: null, discriminator: null });
  expect(stdout).toContain(String(Number(report.figures.recall!.value.toPrecision(3))));
});

test('evaluate of a folder, of a path where nothing is, and of too few images', async () => {
  await run(['generate', '--count', '120', '--single', '--out', 'drawn', '--device', 'cpu']);
  const folder = await run(['evaluate', 'drawn', '--no-nearest', '--device', 'cpu']);
  expect(folder.status).toBe(0);
  expect(folder.stdout).toMatch(/^120 images of .*drawn, compared with 120 of mnist\./);
  const missing = await run(['evaluate', 'nowhere']);
  expect([missing.status, missing.stderr]).toEqual([
    1,
    'error: ERR_CHECKPOINT_NOT_FOUND: There is no checkpoint at nowhere: name a checkpoint file or a run.\n',
  ]);
  const few = await run(['evaluate', 'drawn', '--samples', '7']);
  expect(few.stderr).toMatch(/^error: ERR_DATA_TOO_FEW: 7 images say nothing about a model\./);
});

test('generate without a run draws digits of the package, also where there is no libtorch', async () => {
  const none = { DCGAN_LIBTORCH: '', XDG_CACHE_HOME: join(root, 'empty'), PATH: '' };
  const plain = await run(['generate', '--count', '4', '--seed', '7', '--out', 'plain.png'], none);
  expect([plain.status, plain.stderr]).toEqual([0, 'Drew 4 images with seed 7: plain.png\n']);
  const native = await run([
    'generate',
    '--count',
    '4',
    '--seed',
    '7',
    '--out',
    'native.png',
    '--device',
    'cpu',
  ]);
  expect(native.status).toBe(0);
  const sizes = ['plain.png', 'native.png'].map((name) => readFileSync(join(root, name)).readUInt32BE(16));
  expect(sizes[0]).toBe(sizes[1]);
});

test('train with a preset says so in its record, evaluates, and draws its curves; --best takes what it kept', async () => {
  const data = join(root, 'mnist');
  const made = await run([
    'features',
    'train',
    '--epochs',
    '1',
    '--out',
    'f.safetensors',
    '--device',
    'cpu',
    '--quiet',
  ]);
  expect([made.status, made.stderr]).toEqual([0, '']);
  const common = [
    '--preset',
    'fast',
    '--steps',
    '80',
    '--batch-size',
    '1000',
    '--features',
    '16',
    '--seed',
    '1',
  ];
  const judged = [
    '--evaluate-every',
    '1',
    '--evaluate-samples',
    '200',
    '--evaluate-features',
    'f.safetensors',
  ];
  const trained = await run([
    'train',
    ...common,
    ...judged,
    '--out',
    'run',
    '--sample-every',
    '0',
    '--device',
    'cpu',
  ]);
  expect(trained.status).toBe(0);
  expect(trained.stderr).toMatch(/^After epoch 1: FID [\d.e+]+ \(real images [\d.]+\), precision/m);
  const { preset, model } = JSON.parse(readFileSync(join(root, 'run', 'config.json'), 'utf8'));
  expect(preset).toBe('fast');
  expect(model).toMatchObject({
    objective: 'relativistic',
    batchSize: 1000,
    features: 16,
    scheduleSteps: 80,
  });
  expect(existsSync(join(root, 'run', 'plot.svg'))).toBe(true);
  const best = await run([
    'generate',
    'run',
    '--best',
    '--out',
    'best.png',
    '--json',
    '--device',
    'cpu',
    '--quiet',
  ]);
  expect(JSON.parse(best.stdout)).toMatchObject({
    checkpoint: join('run', 'checkpoints', 'best.safetensors'),
    step: 60,
  });
  const exported = await run(['export', 'run', '--best', '--format', 'generator']);
  expect(exported.stderr).toContain('generator.safetensors');
  expect(existsSync(data)).toBe(false);
});

test('--best of a file, or of a run without evaluations, says what is wrong', async () => {
  const file = await run(['generate', 'f.safetensors', '--best', '--out', 'x.png']);
  expect(file.stderr).toMatch(/^error: ERR_OPTION: Option --best is wrong: f\.safetensors is no run/);
  await run([
    'train',
    '--steps',
    '1',
    '--batch-size',
    '8',
    '--features',
    '16',
    '--out',
    'plain-run',
    '--device',
    'cpu',
  ]);
  const plain = await run(['generate', 'plain-run', '--best', '--out', 'x.png']);
  expect(plain.stderr).toMatch(/^error: ERR_CHECKPOINT_NOT_FOUND: The run plain-run keeps no best model/);
});
