import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Checkpoint, readCheckpoint } from '../../lib/checkpoint/checkpoint.js';
import { differing } from '../interop/keras_models.js';
import { compilePackage } from '../support/compile_package.js';
import { finished, type Outcome, start, temporaryDirectory, writeImages } from './helpers.js';

const root = temporaryDirectory();
const run = join(root, 'runs', '0001');
const checkpointPath = join(run, 'checkpoints', 'step-00000001.safetensors');
let program: string;
let checkpoint: Checkpoint;
let cwd: string;

beforeAll(async () => {
  program = compilePackage(join(root, 'package'));
  await trainIn(root);
  checkpoint = await readCheckpoint(checkpointPath);
});

beforeEach(() => {
  cwd = mkdtempSync(join(root, 'work-'));
});

function trainIn(directory: string, ...args: string[]): Promise<Outcome> {
  const data = writeImages(join(root, 'images-idx3-ubyte'), 8);
  const small = ['--data', data, '--batch-size', '4', '--seed', '7', '--device', 'cpu', '--steps', '1'];
  return finished(start(program, directory, ['train', ...small, '--dropout', '0.2', ...args]));
}

// Nothing is computed: no libtorch must be needed.
const exportRun = (...args: string[]): Promise<Outcome> =>
  finished(start(program, cwd, ['export', ...args], { DCGAN_LIBTORCH: '/nowhere' }));

const imported = async (format: string, ...files: string[]): Promise<Checkpoint> => {
  await finished(start(program, cwd, ['import', '--format', format, ...files, '--out', 'again.safetensors']));
  return readCheckpoint(join(cwd, 'again.safetensors'));
};

const networks = ({ state }: Checkpoint) =>
  Object.fromEntries(Object.entries(state).filter(([name]) => !name.startsWith('adam.')));

test('--format keras writes both models, and says where; stdout stays empty', async () => {
  const said = `Exported ${checkpointPath} (step 1): generator_model.h5, discriminator_model.h5\n`;
  expect(await exportRun(run, '--format', 'keras')).toEqual({ status: 0, stdout: '', stderr: said });
  expect(readdirSync(cwd).sort()).toEqual(['discriminator_model.h5', 'generator_model.h5']);
});

test.each([
  ['keras', ['generator_model.h5', 'discriminator_model.h5']],
  ['safetensors', ['weights.safetensors']],
])('what is exported as %s and imported again is the same, bit for bit', async (format, files) => {
  await exportRun(run, '--format', format);
  const again = await imported(format, ...files);
  expect(differing(networks(again), networks(checkpoint))).toEqual([]);
  expect(again.options).toMatchObject({ latentSize: 100, dropout: 0.2 });
});

test('--format onnx writes both networks into --out, which it makes', async () => {
  expect((await exportRun(run, '--format', 'onnx', '--out', 'a/web')).status).toBe(0);
  expect(readdirSync(join(cwd, 'a', 'web')).sort()).toEqual(['discriminator.onnx', 'generator.onnx']);
});

test('a checkpoint file gives what its run gives', async () => {
  await exportRun(run, '--format', 'safetensors', '--out', 'a');
  await exportRun(checkpointPath, '--format', 'safetensors', '--out', 'b');
  const [a, b] = ['a', 'b'].map((name) => readFileSync(join(cwd, name, 'weights.safetensors')));
  expect(a!.equals(b!)).toBe(true);
});

test('files that are there stay, unless --force is given', async () => {
  writeFileSync(join(cwd, 'discriminator_model.h5'), 'mine');
  const { status, stderr } = await exportRun(run, '--format', 'keras');
  expect(stderr).toMatch(/^error: ERR_OUTPUT_EXISTS: discriminator_model\.h5 exists\. [^\n]*--force\.\n$/);
  expect([status, readdirSync(cwd)]).toEqual([1, ['discriminator_model.h5']]);
  expect((await exportRun(run, '--format', 'keras', '--force')).status).toBe(0);
  expect(readFileSync(join(cwd, 'discriminator_model.h5'), 'latin1')).toMatch(/^\x89HDF/);
});

test('--quiet says nothing', async () => {
  expect(await exportRun(run, '--format', 'safetensors', '--quiet')).toEqual({
    status: 0,
    stdout: '',
    stderr: '',
  });
});

test.each([
  ['without --format', [run], "required option '--format <name>' not specified"],
  ['another format', [run, '--format', 'pickle'], 'Allowed choices are keras, onnx, safetensors'],
  ['without a run', ['--format', 'keras'], "missing required argument 'run-or-checkpoint'"],
])('%s is ERR_USAGE', async (_, args, said) => {
  const { status, stderr } = await exportRun(...args);
  expect(stderr).toMatch(/^error: ERR_USAGE: [^\n]*\n$/);
  expect(stderr).toContain(said);
  expect(status).toBe(2);
});

test('a run that is not there is ERR_CHECKPOINT_NOT_FOUND, and nothing is written', async () => {
  const { status, stderr } = await exportRun('absent', '--format', 'keras', '--out', 'a');
  expect(stderr).toMatch(/^error: ERR_CHECKPOINT_NOT_FOUND: [^\n]*\n$/);
  expect([status, readdirSync(cwd)]).toEqual([1, []]);
});

test('--out in which nothing can be made is ERR_OUTPUT', async () => {
  writeFileSync(join(cwd, 'taken'), '');
  const { status, stderr } = await exportRun(run, '--format', 'keras', '--out', 'taken/a');
  expect(stderr).toMatch(/^error: ERR_OUTPUT: Cannot write taken\/a: [^\n]*\n$/);
  expect(status).toBe(1);
});

test('no temporary directory is needed', async () => {
  const directory = join(cwd, 'without-temporary');
  const args = ['export', run, '--format', 'keras', '--out', directory];
  const { status, stderr } = await finished(start(program, cwd, args, { TMPDIR: '/nowhere' }));
  expect([status, stderr]).toEqual([0, expect.stringContaining('generator_model.h5')]);
});

test('train --export keras writes both models into the run at the end', async () => {
  const { status, stderr } = await trainIn(cwd, '--export', 'keras');
  const files = ['generator_model.h5', 'discriminator_model.h5'].map((name) => join('runs', '0001', name));
  expect(stderr).toContain(`  exported:   ${files.join(', ')}\n`);
  expect(status).toBe(0);
  const again = await imported('keras', ...files);
  expect(differing(networks(again), networks(checkpoint))).toEqual([]);
});

test('--help loads no library of the formats', async () => {
  const hook = `process.on('exit', () => console.error(Object.keys(require.cache).join('\\n')));`;
  const script = `${hook} require(${JSON.stringify(join(program, 'dist/cli/main.js'))}).main(['export', '--help'])`;
  const { stderr } = await finished(spawn(process.execPath, ['-e', script]));
  expect(stderr).toContain('commander');
  expect(stderr).not.toMatch(/valibot|protobufjs|h5wasm|\.node$/m);
});
