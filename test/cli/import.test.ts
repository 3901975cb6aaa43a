import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Checkpoint, readCheckpoint } from '../../lib/checkpoint/checkpoint.js';
import { encodeOnnx } from '../../lib/interop/onnx.js';
import type { EndEvent } from '../../lib/training/events.js';
import { differing, kerasFiles, kerasWeights } from '../interop/keras_models.js';
import { compilePackage } from '../support/compile_package.js';
import { eventsOf, finished, type Outcome, start, temporaryDirectory, writeImages } from './helpers.js';

const root = temporaryDirectory();
const { generator, discriminator } = kerasFiles('3');
let program: string;
let cwd: string;

beforeAll(() => {
  program = compilePackage(join(root, 'package'));
});

beforeEach(() => {
  cwd = mkdtempSync(join(root, 'work-'));
});

const run = (...args: string[]): Promise<Outcome> => finished(start(program, cwd, args));
const importKeras = (...args: string[]): Promise<Outcome> => run('import', '--format', 'keras', ...args);
const written = (name: string): Promise<Checkpoint> => readCheckpoint(join(cwd, name));

test('an import says that the optimisers are fresh, and how to go on', async () => {
  const { status, stdout, stderr } = await importKeras(generator, discriminator, '--out', 'a.safetensors');
  expect(stderr.split('\n')).toEqual([
    `Imported ${generator} and ${discriminator} (latent size 4, dropout 0.25): a.safetensors`,
    'The optimisers are fresh: training goes on from these weights as from step 0.',
    '  train on: npx dcgan-native train --from a.safetensors',
    '',
  ]);
  expect([status, stdout]).toEqual([0, '']);
});

test('an import is a checkpoint of step 0 that belongs to no data', async () => {
  await importKeras(generator, discriminator, '--seed', '8');
  const { step, data, options, state } = await written('imported.safetensors');
  expect({ step, data, options }).toMatchObject({
    step: 0,
    data: null,
    options: { seed: 8, latentSize: 4, dropout: 0.25 },
  });
  const [networks, moments] = [false, true].map((ofAdam) =>
    Object.entries(state).filter(([name]) => name.startsWith('adam.') === ofAdam),
  );
  expect(differing(Object.fromEntries(networks!), kerasWeights())).toEqual([]);
  expect(moments).toHaveLength(32);
  expect(moments!.every(([, { data: values }]) => values.every((value) => value === 0))).toBe(true);
});

test('train --from begins a new run with it', async () => {
  await importKeras(generator, discriminator, '--out', 'a.safetensors');
  const data = writeImages(join(cwd, 'images-idx3-ubyte'), 8);
  const small = ['--data', data, '--batch-size', '4', '--learning-rate', '1e-30', '--device', 'cpu'];
  const outcome = await run('train', '--from', 'a.safetensors', ...small, '--steps', '2', '--json');
  const end = eventsOf(outcome).find((event) => event.type === 'end') as EndEvent;
  expect(end).toMatchObject({ step: 2, steps: 2, outDir: 'runs/0001' });
  const { state } = await written('runs/0001/checkpoints/step-00000002.safetensors');
  // Steps so small that they change no weight to speak of: those that were imported are still there.
  const moved = Object.entries(kerasWeights()).filter(([name, { data: before }]) => {
    const after = state[name]!.data;
    return !name.includes('.running_') && before.some((value, i) => Math.abs(after[i]! - value) > 1e-20);
  });
  expect(moved.map(([name]) => name)).toEqual([]);
});

test('generate draws from it', async () => {
  await importKeras(generator, discriminator, '--out', 'a.safetensors');
  expect((await run('generate', 'a.safetensors', '--device', 'cpu')).status).toBe(0);
  expect(existsSync(join(cwd, 'generated.png'))).toBe(true);
});

test('a checkpoint that is there stays, unless --force is given', async () => {
  writeFileSync(join(cwd, 'imported.safetensors'), 'mine');
  const { status, stderr } = await importKeras(generator, discriminator);
  expect(stderr).toMatch(/^error: ERR_OUTPUT_EXISTS: imported\.safetensors exists\. [^\n]*\n$/);
  expect([status, readFileSync(join(cwd, 'imported.safetensors'), 'utf8')]).toEqual([1, 'mine']);
  expect((await importKeras(generator, discriminator, '--force')).status).toBe(0);
});

test.each([
  [
    'one file of Keras',
    'keras',
    [generator],
    'takes generator.h5 and discriminator.h5, in this order, not 1 file.',
  ],
  [
    'two files of safetensors',
    'safetensors',
    ['a', 'b'],
    '--format safetensors takes weights.safetensors, not 2',
  ],
  ['ONNX', 'onnx', ['a.onnx'], 'Allowed choices are keras, safetensors'],
])('%s is ERR_USAGE', async (_, format, files, said) => {
  const { status, stderr } = await run('import', '--format', format, ...files);
  expect(stderr).toMatch(/^error: ERR_USAGE: [^\n]*\n$/);
  expect(stderr).toContain(said);
  expect(status).toBe(2);
});

test('the files in the wrong order are ERR_IMPORT_MISMATCH, and nothing is written', async () => {
  const { status, stderr } = await importKeras(discriminator, generator);
  expect(stderr).toMatch(/^error: ERR_IMPORT_MISMATCH: The two files are swapped: [^\n]*\n$/);
  expect([status, existsSync(join(cwd, 'imported.safetensors'))]).toEqual([1, false]);
});

test('an ONNX file in place of one of Keras is ERR_IMPORT_FORMAT', async () => {
  writeFileSync(join(cwd, 'g.onnx'), encodeOnnx('generator', kerasWeights()));
  const { status, stderr } = await importKeras('g.onnx', discriminator);
  expect(stderr).toMatch(
    /^error: ERR_IMPORT_FORMAT: g\.onnx cannot be imported: it is an ONNX file, and no HDF5 file[^\n]*\n$/,
  );
  expect(status).toBe(1);
});
