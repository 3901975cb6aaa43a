import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { finished, type Outcome, temporaryDirectory, writeImages } from '../cli/helpers.js';
import { installPackage } from '../support/installed.js';
import { runInTerminal } from '../support/pty.js';

// What somebody does in the first hour with the packed package, in one directory and in this order, on a terminal of 60 columns.

const cwd = temporaryDirectory();
const columns = 60;
const small = ['--data', 'digits-idx3-ubyte', '--batch-size', '4', '--device', 'cpu', '--threads', '1'];
const program = join(cwd, 'node_modules', '.bin', 'dcgan-native');

beforeAll(() => {
  installPackage(cwd);
  writeImages(join(cwd, 'digits-idx3-ubyte'), 40);
});

function begin(...args: string[]): ChildProcess {
  const env = { ...process.env, DEBUG: '', COLUMNS: `${columns}` };
  return spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
}

const run = (...args: string[]): Promise<Outcome> => finished(begin(...args));
const train = (...args: string[]): Promise<Outcome> => run('train', ...small, ...args);

/** The commands that a program has printed for its user to type. */
function printedCommands({ stderr }: Outcome): string[][] {
  return [...stderr.matchAll(/npx dcgan-native ([^\n]+)$/gm)].map(([, words]) => words!.split(' '));
}

/** Width and height of a PNG. */
function sizeOf(bytes: Buffer): number[] {
  expect(bytes.toString('latin1', 1, 4)).toBe('PNG');
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
}

const sizeIn = (name: string): number[] => sizeOf(readFileSync(join(cwd, name)));

const showIn = (term: string, ...args: string[]): Promise<Outcome> =>
  runInTerminal({ cwd, columns, rows: 24, env: { TERM: term } }, [program, ...args]);

test('the help fits, of a command too, and in a terminal', async () => {
  const outcomes = [await run('--help'), await run('train', '--help')];
  for (const { status, stdout } of outcomes) {
    expect([status, stdout.split('\n').filter((line) => [...line].length > columns)]).toEqual([0, []]);
  }
  const shown = await showIn('xterm', 'train', '--help');
  expect(shown.stdout).toBe(outcomes[1]!.stdout);
});

test('a short training says where everything is, and what it prints goes on', async () => {
  const first = await train('--steps', '3', '--seed', '7');
  expect([first.status, first.stdout]).toEqual([0, '']);
  expect(first.stderr).toMatch(/^First picture: runs\/0001\/samples\/step-00000001\.png$/m);
  expect(sizeIn('runs/0001/samples/step-00000001.png')).toEqual([230, 230]);
  const [goOn] = printedCommands(first);
  expect(goOn).toEqual(['train', '--resume', 'runs/0001', '--epochs', '10']);
  const more = await run(...goOn!.slice(0, 3), '--steps', '2');
  expect(more).toMatchObject({ status: 0, stderr: expect.stringContaining('from step 3, 2 steps') });
});

test('a training in a terminal shows a line that fits, with the time left', async () => {
  const { status, stdout } = await showIn('xterm', 'train', ...small, '--steps', '12', '--log-every', '1');
  expect(status).toBe(0);
  const drawn = stdout
    .split(/\r/)
    .flatMap((piece) => (piece.includes('epoch 1/2') ? [piece.split('\x1b')[0]!] : []));
  expect(drawn.length).toBeGreaterThan(1);
  expect(drawn.filter((line) => line.length >= columns)).toEqual([]);
  for (const line of drawn.slice(1)) expect(line).toMatch(/^[ \d]{3}% {2}epoch \d\/2 .* {2}\d+s left$/);
});

test('a terminal that knows no escape sequences gets none', async () => {
  const { status, stdout } = await showIn('dumb', 'train', ...small, '--epochs', '1');
  expect([status, stdout.includes('\x1b')]).toEqual([0, false]);
  expect(stdout).toMatch(/\nepoch 1\/1: step 10, [^\r\n]*\n/);
});

test.each([
  ['trian', ['trian'], 'ERR_USAGE', '(Did you mean train?) Run: npx dcgan-native --help'],
  ['a word too many', ['train', 'runs/0001'], 'ERR_USAGE', 'Run: npx dcgan-native train --help'],
  [
    '--lr',
    ['train', '--lr', '1e-3'],
    'ERR_USAGE',
    '(Did you mean --learning-rate?) Run: npx dcgan-native train --help',
  ],
  ['--batch', ['train', '--batch', '8'], 'ERR_USAGE', '(Did you mean --batch-size?)'],
  ['--output', ['generate', 'runs/0001', '--output', 'a.png'], 'ERR_USAGE', '(Did you mean --out?)'],
  ['a forgotten value', ['train', '--epochs'], 'ERR_USAGE', 'argument missing'],
  ['a forgotten format', ['export', 'runs/0001'], 'ERR_USAGE', "option '--format <name>' not specified"],
  ['no number', ['train', '--epochs', 'many'], 'ERR_OPTION', 'Option --epochs is wrong'],
  ['a batch of nothing', ['train', '--batch-size', '0'], 'ERR_OPTION', 'Option --batch-size is wrong'],
  [
    'a batch that is too large',
    ['train', ...small, '--batch-size', '64'],
    'ERR_DATA_TOO_FEW',
    'Use a smaller --batch-size.',
  ],
  ['data that are not there', ['train', '--data', 'digits'], 'ERR_DATA_NOT_FOUND', 'digits'],
  [
    'a taken directory',
    ['train', ...small, '--out', 'runs/0001'],
    'ERR_OUTPUT_EXISTS',
    'Continue it with --resume, or choose another --out.',
  ],
  [
    'another architecture',
    ['train', '--resume', 'runs/0001', '--latent-size', '50'],
    'ERR_CHECKPOINT_MISMATCH',
    'Leave --latent-size out',
  ],
  ['a run by its number', ['generate', '1'], 'ERR_CHECKPOINT_NOT_FOUND', 'Did you mean runs/0001?'],
  ['a short number', ['train', '--resume', 'runs/1'], 'ERR_CHECKPOINT_NOT_FOUND', 'Did you mean runs/0001?'],
  ['here', ['generate', '.'], 'ERR_CHECKPOINT_NOT_FOUND', 'There is no run in .: '],
  [
    'another kind of picture',
    ['generate', 'runs/0001', '--out', 'a.jpg'],
    'ERR_OPTION',
    'Option --out is wrong',
  ],
  ['seeds backwards', ['generate', 'runs/0001', '--seeds', '9-3'], 'ERR_OPTION', 'such as 0-15 or 3,7,9-12'],
])('%s is one line that says what to do', async (_, args, code, said) => {
  const { status, stdout, stderr } = await run(...args);
  expect([status, stdout]).toEqual([code === 'ERR_USAGE' ? 2 : 1, '']);
  expect(stderr).toMatch(new RegExp(`^error: ${code}: [^\\n]*\\n$`));
  expect(stderr).toContain(said);
  expect(stderr).not.toMatch(/\b(batchSize|latentSize|outDir|allowMismatch|GanTrainer)\b/);
});

describe('a Ctrl-C as soon as the run is there', () => {
  let stopped: Outcome;
  beforeAll(async () => {
    const child = begin('train', ...small, '--steps', '3', '--out', 'early');
    const end = finished(child);
    while (!existsSync(join(cwd, 'early', 'config.json'))) await setTimeout(1);
    child.kill('SIGINT');
    stopped = await end;
  });

  test('leaves a run that begins again', async () => {
    expect(stopped).toMatchObject({ status: 130, stderr: expect.stringContaining('Stopped by Ctrl-C ') });
    for (const command of printedCommands(stopped)) expect((await run(...command)).status).toBe(0);
    expect((await run('train', '--resume', 'early')).status).toBe(0);
    expect(readdirSync(join(cwd, 'early', 'checkpoints')).at(-1)).toBe('step-00000003.safetensors');
  });
});

test('the directory of a start that failed may be used again', async () => {
  const child = begin('train', ...small, '--steps', '3', '--out', 'again');
  while (!existsSync(join(cwd, 'again', 'config.json'))) await setTimeout(1);
  child.kill('SIGKILL');
  await finished(child);
  expect((await train('--steps', '1', '--out', 'again')).status).toBe(0);
});

/** Why no small file system can be made here; null where it can. */
function noDisk(): string | null {
  const disk = join(cwd, 'disk');
  if (process.getuid?.() !== 0) return 'only root makes file systems';
  mkdirSync(disk);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk], { stdio: 'pipe' });
    return null;
  } catch (error) {
    return (error as Error).message.split('\n')[0]!;
  }
}

test('a full disk is told, and when there is room --resume begins again', async () => {
  const reason = noDisk();
  if (reason !== null) return console.warn(`No full disk was tried: ${reason}`);
  const disk = join(cwd, 'disk');
  try {
    const { status, stderr } = await train('--steps', '2', '--out', 'disk/run');
    expect(stderr).toMatch(/^error: ERR_OUTPUT: Cannot write disk\/run\/[^\n]*: the disk is full\.$/m);
    expect(status).toBe(1);
    execFileSync('mount', ['-o', 'remount,size=200m', disk]);
    expect((await run('train', '--resume', 'disk/run')).status).toBe(0);
  } finally {
    execFileSync('umount', [disk]);
  }
});

test('pictures are drawn together, singly, for seeds, again, to stdout and told as JSON', async () => {
  expect(await run('generate', 'runs/0001')).toMatchObject({ status: 0, stdout: '' });
  expect(sizeIn('generated.png')).toEqual([118, 118]);
  expect((await run('generate', 'runs/0001')).stderr).toMatch(
    /^error: ERR_OUTPUT_EXISTS: [^\n]* add --force\.\n$/,
  );
  expect((await run('generate', 'runs/0001', '--force', '--count', '6', '--scale', '2')).status).toBe(0);
  expect(sizeIn('generated.png')).toEqual([3 * 58 - 2, 2 * 58 - 2]);

  expect((await run('generate', 'runs/0001', '--single', '--count', '5')).status).toBe(0);
  const seeds = await run('generate', 'runs/0001', '--single', '--seeds', '3,7-8', '--force', '--json');
  expect(JSON.parse(seeds.stdout)).toMatchObject({ count: 3, seeds: [3, 7, 8], step: 5 });
  expect(readdirSync(join(cwd, 'generated'))).toEqual(['0001.png', '0002.png', '0003.png']);

  const child = begin('generate', 'runs/0001', '--out', '-');
  const chunks: Buffer[] = [];
  child.stdout?.on('data', (chunk) => chunks.push(chunk));
  expect((await finished(child)).status).toBe(0);
  expect(sizeOf(Buffer.concat(chunks))).toEqual([118, 118]);
  const terminal = await showIn('xterm', 'generate', 'runs/0001', '--out', '-');
  expect(terminal).toMatchObject({
    status: 1,
    stdout: expect.stringMatching(/^error: ERR_OPTION: [^\n]*terminal/),
  });
});

test('networks go to Keras and come back, and the files in the wrong order are told', async () => {
  expect((await run('export', 'runs/0001', '--format', 'keras')).status).toBe(0);
  expect((await run('export', 'runs/0001', '--format', 'keras')).stderr).toMatch(
    /ERR_OUTPUT_EXISTS: .*--force\.\n$/,
  );
  const [generator, discriminator] = ['generator_model.h5', 'discriminator_model.h5'];
  const swapped = await run('import', '--format', 'keras', discriminator!, generator!);
  expect(swapped).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('The two files are swapped: '),
  });
  const imported = await run('import', '--format', 'keras', generator!, discriminator!);
  expect(imported.status).toBe(0);
  const [trainOn] = printedCommands(imported);
  expect((await run(...trainOn!, ...small, '--steps', '1')).status).toBe(0);
});
