import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installPackage } from '../support/installed.js';

/** What somebody does who tries something of their own: data, noise, rates, and numbers that are no good. */
const directory = mkdtempSync(join(tmpdir(), 'dcgan-research-'));
/** What the program prints. */
let found: {
  readonly made: object;
  readonly written: object;
  readonly schedules: readonly { readonly rates: readonly number[] }[];
  readonly goOn: object;
  readonly exported: { readonly onnx: number; readonly other: readonly string[] };
  readonly refused: object;
  readonly diverging: object;
};

beforeAll(() => {
  installPackage(directory);
  copyFileSync(join(__dirname, 'research', 'loop.mjs'), join(directory, 'loop.mjs'));
  const args = ['loop.mjs', directory];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: directory, encoding: 'utf8' });
  expect(stderr).toBe('');
  found = JSON.parse(stdout);
}, 300_000);

afterAll(() => rmSync(directory, { recursive: true }));

test('arrays as a source and a source written by hand train the same, bit for bit', () => {
  expect(found.made).toMatchObject({ steps: 7, step: 7 });
  expect(found.written).toEqual(found.made);
});

test('own batches, own noise and rates that change give the same each time', () => {
  const [first, second] = found.schedules;
  expect(first?.rates).toEqual([4e-4, 2e-4, 4e-4 / 3, 1e-4]);
  expect(second).toEqual(first);
});

test('a trainer loaded from the bytes of another one goes on and draws as that one does, bit for bit', () => {
  expect(found.goOn).toEqual({ loaded: true, learningRate: 3e-4, wentOn: true, drawn: true });
});

test('exports make their directories, and the weights come back from Keras bit for bit', () => {
  expect(found.exported.onnx).toBeGreaterThan(1e6);
  expect(found.exported.other).toEqual([]);
});

test('images and noise that are no numbers to train on, and options that there are not, are refused, and nothing was trained', () => {
  expect(found.refused).toEqual({
    errors: [
      { code: 'ERR_VALUE', message: expect.stringContaining('NaN in image 3') },
      { code: 'ERR_VALUE', message: expect.stringMatching(/from -255 to 255/) },
      { code: 'ERR_VALUE', message: expect.stringContaining('noise must be finite') },
      { code: 'ERR_OPTION', message: expect.stringContaining("'nosie'") },
    ],
    step: 1,
    unchanged: true,
  });
});

test('a step that diverges changes nothing, and training goes on from the bytes of before with another rate', () => {
  expect(found.diverging).toEqual({
    error: { code: 'ERR_DIVERGED', message: expect.any(String) },
    unchanged: true,
    drawn: true,
    step: 3,
  });
});
