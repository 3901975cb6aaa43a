import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compilePackage } from '../support/compile_package.js';
import { finished, type Outcome, start, temporaryDirectory, writeImages } from './helpers.js';

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

const run = (...args: string[]): Promise<Outcome> =>
  finished(start(program, cwd, [...args, '--device', 'cpu']));
const quick = ['--starts', '2', '--steps', '8', '--seed', '1'];
const at = (name: string) => join(cwd, name);

/** A picture of a bright bar, of one channel or three. */
async function writePicture(name: string, size = 28, channels: 1 | 3 = 1): Promise<Buffer> {
  const pixels = Buffer.alloc(size * size * channels);
  const [left, right] = [Math.floor(size * 0.4), Math.floor(size * 0.6)];
  for (let y = 4; y < size - 4; y++) {
    pixels.fill(240, (y * size + left) * channels, (y * size + right) * channels);
  }
  const raw = { width: size, height: size, channels };
  await sharp(pixels, { raw })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .png()
    .toFile(at(name));
  return pixels;
}

async function read(name: string) {
  const { data, info } = await sharp(at(name))
    .toColourspace('b-w')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

test('project writes latents, both pictures side by side, and the errors', async () => {
  mkdirSync(at('pictures'));
  const pixels = await writePicture('pictures/a.png');
  await writePicture('pictures/b.png', 28, 3);
  const { status, stdout, stderr } = await run('project', 'pictures', '--out', 'found', '--json', ...quick);
  expect([status, stderr]).toEqual([
    0,
    expect.stringMatching(/^Projected 2 pictures, mean square error [\d.]+: found\n$/),
  ]);
  expect(readdirSync(at('found')).sort()).toEqual([
    'latents.npy',
    'latents.safetensors',
    'pairs.png',
    'projection.json',
  ]);
  const pairs = await read('found/pairs.png');
  expect(pairs.height).toBe(2 * 30 - 2);
  expect(pairs.data.subarray(4 * pairs.width, 4 * pairs.width + 28)).toEqual(pixels.subarray(4 * 28, 5 * 28));
  const report = JSON.parse(readFileSync(at('found/projection.json'), 'utf8'));
  const found = [
    { picture: join('pictures', 'a.png'), error: expect.any(Number) },
    { picture: join('pictures', 'b.png'), error: expect.any(Number) },
  ];
  expect(report).toMatchObject({ seed: 1, found });
  expect(JSON.parse(stdout)).toMatchObject({ path: 'found', seed: 1, found });
  const again = await run('project', 'pictures', '--out', 'found', ...quick);
  expect([again.status, again.stderr]).toEqual([
    1,
    expect.stringMatching(/^error: ERR_OUTPUT_EXISTS: found/),
  ]);
  const other = await run('project', 'pictures', '--out', 'again', '--quiet', ...quick);
  expect([other.status, other.stderr]).toEqual([0, '']);
  for (const name of readdirSync(at('found'))) {
    expect(readFileSync(at(`again/${name}`))).toEqual(readFileSync(at(`found/${name}`)));
  }
});

test('pictures of another size are resized with a notice, or refused with --strict', async () => {
  await writePicture('large.png', 40);
  const resized = await run('denoise', 'large.png', ...quick);
  expect([resized.status, resized.stderr]).toEqual([
    0,
    'warning: Resized to 28×28: large.png (40×40).\nDenoised large.png: denoised.png\n',
  ]);
  expect(await read('denoised.png')).toMatchObject({ width: 28, height: 28 });
  const strict = await run('denoise', 'large.png', '--strict', '--force', ...quick);
  expect([strict.status, strict.stderr]).toEqual([
    1,
    expect.stringMatching(/^error: ERR_DATA_SHAPE: Of another size than 28×28: large\.png \(40×40\)\./),
  ]);
});

test('inpaint draws what the mask holds, in several ways, and leaves the rest', async () => {
  const pixels = await writePicture('bar.png');
  const { status, stderr } = await run(
    'inpaint',
    'bar.png',
    '--box',
    '0,0,28,14',
    '--answers',
    '2',
    ...quick,
  );
  expect([status, stderr]).toEqual([0, 'Inpainted bar.png in 2 ways: inpainted.png\n']);
  const { data, width, height } = await read('inpainted.png');
  expect([width, height]).toEqual([2 * 30 - 2, 28]);
  for (const y of [14, 20, 27]) {
    for (const left of [0, 30]) {
      const row = data.subarray(y * width + left, y * width + left + 28);
      expect(row).toEqual(pixels.subarray(y * 28, (y + 1) * 28));
    }
  }
  // The same hole as a picture, and the other way round.
  const mask = Buffer.alloc(784).fill(255, 0, 14 * 28);
  await sharp(mask, { raw: { width: 28, height: 28, channels: 1 } })
    .png()
    .toFile(at('mask.png'));
  await run('inpaint', 'bar.png', '--mask', 'mask.png', '--answers', '2', '--out', 'by-mask.png', ...quick);
  expect(readFileSync(at('by-mask.png'))).toEqual(readFileSync(at('inpainted.png')));
  const kept = await run(
    'inpaint',
    'bar.png',
    '--box',
    '0,14,28,14',
    '--keep',
    '--answers',
    '2',
    '--out',
    'kept.png',
    ...quick,
  );
  expect(kept.status).toBe(0);
  expect(readFileSync(at('kept.png'))).toEqual(readFileSync(at('inpainted.png')));
});

test.each([
  [['--box', '20,20,9,9'], 'ERR_MASK: A box of 9×9 pixels'],
  [['--box', '1,2,3'], 'ERR_OPTION: Option --box is wrong: must be column, row, width and height'],
  [['--mask', 'bar.png', '--keep', '--out', 'x.jpg'], 'ERR_OPTION: Option --out is wrong'],
  [['--mask', 'large.png'], 'ERR_MASK: A mask is as large as the images, 28×28, and this picture is 40×40.'],
  [[], 'ERR_OPTION: What is missing must be said'],
  [['--noise', '0.5', '--encoder', 'nowhere.safetensors'], 'ERR_LATENTS'],
])('inpaint with %j is refused, and nothing written', async (args, said) => {
  await writePicture('bar.png');
  await writePicture('large.png', 40);
  const { status, stderr } = await run('inpaint', 'bar.png', ...args, ...quick);
  expect([status, stderr]).toEqual([1, expect.stringContaining(said)]);
  expect(readdirSync(cwd).sort()).toEqual(['bar.png', 'large.png']);
});

test('upscale draws a smaller picture larger', async () => {
  await writePicture('small.png', 14);
  const { status, stderr } = await run('upscale', 'small.png', '--strict', ...quick);
  expect([status, stderr]).toEqual([0, 'Upscaled small.png 2 times: upscaled.png\n']);
  expect(await read('upscaled.png')).toMatchObject({ width: 28, height: 28 });
  const wrong = await run('upscale', 'small.png', '--factor', '5', '--force', ...quick);
  expect(wrong.stderr).toContain(
    'ERR_OPTION: Option --factor is wrong: images of 28×28 are 2, 4, 7, 14, 28 times',
  );
});

test('an encoder of a run is written into it, and found there', async () => {
  const data = writeImages(at('images-idx3-ubyte'), 8);
  const small = ['--data', data, '--batch-size', '4', '--features', '16', '--seed', '7', '--steps', '1'];
  await run('train', ...small, '--quiet');
  const trained = await run('encoder', 'train', 'runs/0001', '--steps', '12', '--width', '16');
  expect([trained.status, trained.stderr]).toEqual([
    0,
    expect.stringMatching(
      /^What it guesses has a mean square error of [\d.e-]+: runs\/0001\/encoder\.safetensors\n$/,
    ),
  ]);
  await writePicture('bar.png');
  const guessed = await run('project', 'bar.png', '--from', 'runs/0001', '--steps', '0');
  expect([guessed.status, guessed.stderr]).toEqual([0, expect.stringMatching(/^Projected 1 picture/)]);
  const without = await run(
    'project',
    'bar.png',
    '--from',
    'runs/0001',
    '--steps',
    '0',
    '--no-encoder',
    '--force',
  );
  expect(without.stderr).toMatch(/^error: ERR_OPTION: Option --steps is wrong/);
});

test('without libtorch there is no gradient, which is told as a training would tell it', async () => {
  await writePicture('bar.png');
  const none = { DCGAN_LIBTORCH: '', XDG_CACHE_HOME: at('empty'), PATH: '' };
  const { status, stderr } = await finished(start(program, cwd, ['project', 'bar.png'], none));
  expect([status, stderr]).toEqual([1, expect.stringMatching(/^error: ERR_LIBTORCH_NOT_FOUND: /)]);
  expect(existsSync(at('projected'))).toBe(false);
});

test('a search that is stopped writes nothing', async () => {
  await writePicture('bar.png');
  const child = start(program, cwd, ['project', 'bar.png', '--steps', '100000', '--device', 'cpu']);
  const outcome = finished(child);
  await new Promise((resolve) => setTimeout(resolve, 2500));
  child.kill('SIGINT');
  expect((await outcome).status).toBe(130);
  expect(existsSync(at('projected'))).toBe(false);
});
