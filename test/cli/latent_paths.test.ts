import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readDirections, readLatents, writeDirections } from '../../lib/index.js';
import { compilePackage } from '../support/compile_package.js';
import { finished, type Outcome, start, temporaryDirectory } from './helpers.js';

import sharp = require('sharp');

const root = temporaryDirectory();
let program: string;
let cwd: string;

beforeAll(() => {
  program = compilePackage(join(root, 'package'));
});

beforeEach(() => {
  cwd = mkdtempSync(join(root, 'work-'));
});

const run = (...args: string[]): Promise<Outcome> => finished(start(program, cwd, args));
const file = (name: string): Buffer => readFileSync(join(cwd, name));
const sizeOf = async (name: string) => {
  const { width, height, pageHeight, pages } = await sharp(file(name)).metadata();
  return [width, pageHeight ?? height, pages ?? 1];
};

test('interpolate draws a strip of all frames, the same again', async () => {
  const args = ['interpolate', '--seeds', '1,2', '--frames', '5', '--scale', '1'];
  const { status, stdout, stderr } = await run(...args, '--out', 'a.png');
  expect([status, stdout, stderr]).toEqual([0, '', 'Drew 5 frames: a.png\n']);
  expect(await sizeOf('a.png')).toEqual([5 * 30 - 2, 28, 1]);
  await run(...args, '--out', 'b.png');
  expect(file('b.png')).toEqual(file('a.png'));
});

test('walk draws a film of a grid, and says what of', async () => {
  const args = ['--seeds', '0-8', '--grid', '2x2', '--frames', '6', '--trunc', '0.8', '--scale', '1'];
  const { status, stdout } = await run('walk', ...args, '--json');
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ path: 'walk.webp', frames: 6, grid: [2, 2], step: 39354 });
  expect(await sizeOf('walk.webp')).toEqual([58, 58, 6]);
});

test('a name without an ending is a directory of numbered pictures', async () => {
  await run('walk', '--frames', '3', '--out', 'frames');
  expect(readdirSync(join(cwd, 'frames'))).toEqual(['0001.png', '0002.png', '0003.png']);
  const { stderr } = await run('walk', '--frames', '3', '--out', 'frames');
  expect(stderr).toMatch(/^error: ERR_OUTPUT_EXISTS: /);
  await run('walk', '--frames', '2', '--out', 'frames', '--force');
  expect(readdirSync(join(cwd, 'frames'))).toEqual(['0001.png', '0002.png']);
});

test('arithmetic on latent vectors is drawn, and saved', async () => {
  const { status } = await run(
    'edit',
    '--latents',
    '1 - 2 + 3',
    '--save',
    'sum.npy',
    '--out',
    'a.png',
    '--scale',
    '1',
  );
  expect(status).toBe(0);
  expect(await sizeOf('a.png')).toEqual([28, 28, 1]);
  expect((await readLatents(join(cwd, 'sum.npy'))).latents).toHaveLength(100);
  const again = await run('edit', '--latents', 'sum.npy', '--out', 'b.png', '--scale', '1');
  expect(again.status).toBe(0);
  expect(file('b.png')).toEqual(file('a.png'));
});

test('directions are found, shown, and edited by', async () => {
  const found = await run('directions', 'find', '--measure', 'thickness', '--samples', '5', '--seed', '1');
  expect(found.status).toBe(0);
  expect(found.stderr).toMatch(/^direction .* class stays\nthickness /);
  const { stdout } = await run('directions', 'show', '--directions', 'directions.safetensors');
  expect(found.stderr.startsWith(stdout)).toBe(true);
  const args = ['--direction', 'thickness', '--directions', 'directions.safetensors', '--strength', '-3..3'];
  const { status } = await run('edit', ...args, '--seeds', '1,2', '--scale', '1');
  expect(status).toBe(0);
  expect(await sizeOf('edit.png')).toEqual([7 * 30 - 2, 2 * 30 - 2, 1]);
});

test('the digits of the package have directions', async () => {
  const { status, stdout } = await run('directions', 'show', '--json');
  expect(status).toBe(0);
  const { directions } = JSON.parse(stdout);
  expect(directions.map(({ name }: { name: string }) => name)).toEqual([
    'thickness',
    'slant',
    'width',
    'height',
    'brightness',
  ]);
  expect((await run('edit', '--direction', 'slant', '--seeds', '1')).status).toBe(0);
});

test('directions of another generator are refused', async () => {
  const vector = new Float32Array(100);
  vector[0] = 1;
  const directions = [{ name: 'slant', vector, report: null }];
  await writeDirections(join(cwd, 'd.safetensors'), { generator: 'other', latentSize: 100, directions });
  expect((await readDirections(join(cwd, 'd.safetensors'))).directions).toEqual(directions);
  const { status, stderr } = await run('edit', '--direction', 'slant', '--directions', 'd.safetensors');
  expect(stderr).toMatch(/^error: ERR_LATENTS: [^\n]* of another generator[^\n]*\n$/);
  expect(status).toBe(1);
});

test.each([
  [['walk', '--frames', '0'], 'ERR_OPTION', '--frames'],
  [['walk', '--frames', '1000000', '--out', 'x.gif'], 'ERR_OPTION', '--frames'],
  [['walk', '--seeds', '0-5', '--grid', '4x3'], 'ERR_OPTION', '24 in all'],
  [['walk', '--grid', '4'], 'ERR_USAGE', 'such as 4x3'],
  [['walk', '--frames', '30000', '--out', 'x.png'], 'ERR_OPTION', 'a film'],
  [['walk', '--out', 'x.jpg'], 'ERR_OPTION', 'x.jpg'],
  [['walk', '--trunc', 'NaN'], 'ERR_OPTION', '--trunc'],
  [['interpolate', '--seeds', '1'], 'ERR_OPTION', 'at least 2'],
  [['interpolate', '--latents', 'absent.npy'], 'ERR_LATENTS', 'no such file'],
  [['edit', '--latents', '1-2'], 'ERR_OPTION', 'spaces'],
  [['edit', '--strength', 'far'], 'ERR_OPTION', '--strength'],
  [['edit', '--direction', 'slant', '--directions', 'absent'], 'ERR_LATENTS', 'no such file'],
  [['directions', 'find', '--measure', 'beauty'], 'ERR_OPTION', '--measure is wrong: must be of thickness'],
])('%j is %s', async (args, code, said) => {
  const { status, stderr } = await run(...args);
  expect(stderr).toMatch(new RegExp(`^error: ${code}: [^\\n]*\\n$`));
  expect(stderr).toContain(said);
  expect(status).not.toBe(0);
  expect(readdirSync(cwd)).toEqual([]);
});

test('a damaged file of directions is refused', async () => {
  writeFileSync(join(cwd, 'd.safetensors'), 'directions');
  const { stderr } = await run('directions', 'show', '--directions', 'd.safetensors');
  expect(stderr).toMatch(/^error: ERR_LATENTS: [^\n]*\n$/);
});
