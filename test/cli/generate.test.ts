import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compilePackage } from '../support/compile_package.js';
import { finished, type Outcome, start, temporaryDirectory, writeImages } from './helpers.js';

const root = temporaryDirectory();
const run = join(root, 'runs', '0001');
let program: string;
let cwd: string;

beforeAll(async () => {
  program = compilePackage(join(root, 'package'));
  const data = writeImages(join(root, 'images-idx3-ubyte'), 8);
  const small = ['--data', data, '--batch-size', '4', '--seed', '7', '--device', 'cpu', '--steps', '1'];
  await finished(start(program, root, ['train', ...small]));
});

beforeEach(() => {
  cwd = mkdtempSync(join(root, 'work-'));
});

const generate = (...args: string[]): Promise<Outcome> =>
  finished(start(program, cwd, ['generate', ...args, '--device', 'cpu']));

/** Width and height of a PNG file. */
function sizeOf(name: string): number[] {
  const bytes = readFileSync(join(cwd, name));
  expect(bytes.toString('latin1', 1, 4)).toBe('PNG');
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
}

test('a run gives a square of 16 images in generated.png, and stdout stays empty', async () => {
  const { status, stdout, stderr } = await generate(run);
  expect([status, stdout, stderr]).toEqual([0, '', 'Drew 16 images with seed 7: generated.png\n']);
  expect(sizeOf('generated.png')).toEqual([4 * 30 - 2, 4 * 30 - 2]);
});

test('a checkpoint file gives what its run gives', async () => {
  const [checkpoint] = readdirSync(join(run, 'checkpoints'));
  await generate(run, '--out', 'a.png');
  await generate(join(run, 'checkpoints', checkpoint!), '--out', 'b.png');
  expect(readFileSync(join(cwd, 'a.png'))).toEqual(readFileSync(join(cwd, 'b.png')));
});

test('the same seed draws the same picture, another seed another one', async () => {
  for (const [name, seed] of Object.entries({ a: '3', b: '3', c: '4' })) {
    await generate(run, '--seed', seed, '--out', `${name}.png`);
  }
  const [a, b, c] = ['a', 'b', 'c'].map((name) => readFileSync(join(cwd, `${name}.png`)));
  expect(b).toEqual(a);
  expect(c).not.toEqual(a);
});

test('--count, --columns and --scale decide the size', async () => {
  await generate(run, '--count', '6', '--columns', '3', '--scale', '2', '--out', 'a.png');
  expect(sizeOf('a.png')).toEqual([3 * 58 - 2, 2 * 58 - 2]);
});

test('--single writes one picture for each image', async () => {
  await generate(run, '--count', '3', '--single', '--out', 'digits');
  expect(readdirSync(join(cwd, 'digits')).sort()).toEqual(['0001.png', '0002.png', '0003.png']);
  expect(sizeOf('digits/0002.png')).toEqual([28, 28]);
});

test('a picture that is there stays, unless --force is given', async () => {
  writeFileSync(join(cwd, 'a.png'), 'mine');
  const { status, stderr } = await generate(run, '--out', 'a.png');
  expect(stderr).toMatch(/^error: ERR_OUTPUT_EXISTS: a\.png exists\. [^\n]*\n$/);
  expect([status, readFileSync(join(cwd, 'a.png'), 'utf8')]).toEqual([1, 'mine']);
  expect((await generate(run, '--out', 'a.png', '--force')).status).toBe(0);
  sizeOf('a.png');
});

test('--single leaves a directory that is not empty alone, unless --force is given', async () => {
  await generate(run, '--count', '1', '--single');
  const { status, stderr } = await generate(run, '--count', '1', '--single');
  expect(stderr).toMatch(/^error: ERR_OUTPUT_EXISTS: generated is not an empty directory\. [^\n]*\n$/);
  expect(status).toBe(1);
  expect((await generate(run, '--count', '1', '--single', '--force')).status).toBe(0);
});

test.each([
  ['--out', 'a.jpg'],
  ['--count', '0'],
  ['--count', 'many'],
  ['--seed', '-1'],
  ['--columns', '0'],
  ['--scale', '1.5'],
])('%s %s is ERR_OPTION, and leaves nothing behind', async (flag, typed) => {
  const { status, stderr } = await generate(run, flag, typed);
  expect(stderr).toMatch(new RegExp(`^error: ERR_OPTION: Option ${flag} is wrong: [^\\n]*\\n$`));
  expect(status).toBe(1);
  expect(readdirSync(cwd)).toEqual([]);
});

test('a run that is not there is ERR_CHECKPOINT_NOT_FOUND', async () => {
  const { status, stderr } = await generate('absent');
  expect(stderr).toMatch(/^error: ERR_CHECKPOINT_NOT_FOUND: [^\n]*\n$/);
  expect(status).toBe(1);
});

test('a directory that does not exist is ERR_OUTPUT', async () => {
  const { status, stderr } = await generate(run, '--out', 'absent/a.png');
  expect(stderr).toMatch(
    /^error: ERR_OUTPUT: Cannot write absent\/a\.png: its directory does not exist\.\n$/,
  );
  expect([status, existsSync(join(cwd, 'absent'))]).toEqual([1, false]);
});

test('--single --force leaves no picture of an earlier one among the new, and nothing else goes', async () => {
  await generate(run, '--count', '5', '--single');
  const others = ['cat.png', '12.png', 'notes.txt', '0009.png.txt', 'photo-0004.png'];
  for (const name of others) writeFileSync(join(cwd, 'generated', name), 'mine');
  expect((await generate(run, '--count', '2', '--single', '--force')).status).toBe(0);
  expect(readdirSync(join(cwd, 'generated')).sort()).toEqual(['0001.png', '0002.png', ...others].sort());
});

test('--out - writes the picture to stdout, and nothing else', async () => {
  const { status, stderr } = await generate(run, '--out', 'a.png');
  const child = start(program, cwd, ['generate', run, '--device', 'cpu', '--out', '-']);
  const chunks: Buffer[] = [];
  child.stdout?.on('data', (chunk) => chunks.push(chunk));
  const piped = await finished(child);
  expect(Buffer.concat(chunks)).toEqual(readFileSync(join(cwd, 'a.png')));
  expect([piped.status, piped.stderr]).toEqual([status, stderr.replace('a.png', 'on stdout')]);
  expect(readdirSync(cwd)).toEqual(['a.png']);
});

test.each([['--single'], ['--json']])('--out - with %s is ERR_OPTION', async (flag) => {
  const { status, stdout, stderr } = await generate(run, '--out', '-', flag);
  expect(stderr).toMatch(/^error: ERR_OPTION: Option --out is wrong: - takes [^\n]*\n$/);
  expect([status, stdout]).toEqual([1, '']);
});

test('--json tells on stdout what was written, in one object', async () => {
  const [checkpoint] = readdirSync(join(run, 'checkpoints'));
  const whence = { checkpoint: join(run, 'checkpoints', checkpoint!), step: 1 };
  const together = await generate(run, '--json', '--quiet');
  expect(together).toMatchObject({ status: 0, stderr: '' });
  expect(JSON.parse(together.stdout)).toEqual({ path: 'generated.png', count: 16, seed: 7, ...whence });
  const singly = await generate(run, '--single', '--seeds', '8,3-4', '--json');
  expect(JSON.parse(singly.stdout)).toEqual({
    paths: ['generated/0001.png', 'generated/0002.png', 'generated/0003.png'],
    count: 3,
    seeds: [8, 3, 4],
    ...whence,
  });
});

test('--seeds draws the first image of each seed, in that order', async () => {
  await generate(run, '--seeds', '9,3-4', '--single', '--out', 'seeds');
  for (const [i, seed] of [9, 3, 4].entries()) {
    await generate(run, '--seed', `${seed}`, '--count', '16', '--single', '--out', `${seed}`);
    const [drawn, first] = [`seeds/000${i + 1}.png`, `${seed}/0001.png`].map((name) =>
      readFileSync(join(cwd, name)),
    );
    expect([seed, drawn!.equals(first!)]).toEqual([seed, true]);
  }
});

test('--seeds into one picture says which', async () => {
  const { stderr } = await generate(run, '--seeds', '0-15', '--scale', '2');
  expect(stderr).toBe('Drew 16 images with seeds 0-15: generated.png\n');
  expect(sizeOf('generated.png')).toEqual([4 * 58 - 2, 4 * 58 - 2]);
});

test.each(['--seed', '--count'])('--seeds excludes %s', async (flag) => {
  const { status, stderr } = await generate(run, '--seeds', '1', flag, '2');
  expect(stderr).toMatch(/^error: ERR_USAGE: option '--seeds <ranges>' cannot be used with option /);
  expect(status).toBe(2);
});

test.each(['1', 'runs', '.', 'runs/1', '0001', 'runs/0001/samples'])(
  'where runs/0001 is, %s is told of it',
  async (typed) => {
    const args = ['generate', typed];
    const { status, stderr } = await finished(start(program, root, args));
    expect(stderr).toMatch(/^error: ERR_CHECKPOINT_NOT_FOUND: [^\n]* Did you mean runs\/0001\?\n$/);
    expect(status).toBe(1);
  },
);

test.each([
  ['train', '--resume', '1'],
  ['train', '--from', '1'],
  ['export', '1', '--format', 'onnx'],
])('%s %s %s is told of runs/0001', async (...args) => {
  expect((await finished(start(program, root, args))).stderr).toMatch(/ Did you mean runs\/0001\?\n$/);
});
