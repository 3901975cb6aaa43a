import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compilePackage } from '../support/compile_package.js';
import { finished, type Outcome, start, temporaryDirectory } from './helpers.js';

const root = temporaryDirectory();
let program: string;

beforeAll(() => {
  program = compilePackage(join(root, 'package'));
});

const run = (...args: string[]): Promise<Outcome> => finished(start(program, root, args));

test('--help shows the commands and examples on stdout', async () => {
  const { status, stdout, stderr } = await run('--help');
  expect(status).toBe(0);
  expect(stderr).toBe('');
  for (const shown of ['train', 'generate', 'setup', 'Examples:']) expect(stdout).toContain(shown);
});

test('train --help shows every option and examples', async () => {
  const { status, stdout } = await run('train', '--help');
  expect(status).toBe(0);
  for (const shown of ['--batch-size', '--steps', '--log-every', '--resume', '--json', 'Examples:'])
    expect(stdout).toContain(shown);
});

test('help COMMAND is COMMAND --help', async () => {
  expect((await run('help', 'train')).stdout).toBe((await run('train', '--help')).stdout);
});

const commands = [[], ['train'], ['generate'], ['export'], ['import'], ['setup'], ['doctor']];

test.each(commands)('--help at 60 columns has no longer line (%s)', async (...command) => {
  const { stdout } = await finished(start(program, root, [...command, '--help'], { COLUMNS: '60' }));
  expect(stdout.split('\n').filter((line) => [...line].length > 60)).toEqual([]);
  expect(stdout).toContain('Examples:\n  $ npx dcgan-native');
});

test('--help at 60 columns breaks a long example as a shell takes it', async () => {
  const { stdout } = await finished(start(program, root, ['--help'], { COLUMNS: '60' }));
  expect(stdout).toContain(
    '  $ npx dcgan-native generate runs/0001 --count 64 \\\n      --seed 7 --out digits.png\n',
  );
});

test('--help at 100 columns, and where no width is known, has what comes of an example beside it', async () => {
  const wide = await finished(start(program, root, ['--help'], { COLUMNS: '100' }));
  const unknown = await finished(start(program, root, ['--help'], { COLUMNS: '' }));
  for (const { stdout } of [wide, unknown]) {
    expect(stdout).toMatch(/^ {2}\$ npx dcgan-native train --preset fast {2,}good digits in two minutes$/m);
  }
});

test('--help where there is little room has descriptions below the options', async () => {
  const { stdout } = await finished(start(program, root, ['train', '--help'], { COLUMNS: '40' }));
  expect(stdout).toContain('  --batch-size <n>\n      images in a batch (default: 128)\n');
  expect(Math.max(...stdout.split('\n').map((line) => [...line].length))).toBeLessThanOrEqual(50);
});

test('--help loads neither libtorch, sharp nor the option schema', async () => {
  const hook = `process.on('exit', () => console.error(Object.keys(require.cache).join('\\n')));`;
  const script = `${hook} require(${JSON.stringify(join(program, 'dist/cli/main.js'))}).main(['train', '--help'])`;
  const { stderr } = await finished(spawn(process.execPath, ['-e', script]));
  expect(stderr).toContain('commander');
  expect(stderr).not.toMatch(/valibot|sharp|\.node$/m);
});

test('without a command the help is on stderr and the status 2', async () => {
  const { status, stdout, stderr } = await run();
  expect(status).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toContain('Usage: dcgan-native');
});

test.each([
  ['an unknown command', ['trian'], "unknown command 'trian' (Did you mean train?)"],
  [
    'an unknown option',
    ['train', '--bach-size', '3'],
    "unknown option '--bach-size' (Did you mean --batch-size?)",
  ],
  ['an option without its value', ['train', '--epochs'], "option '--epochs <n>' argument missing"],
  ['a superfluous word', ['train', 'more'], 'too many arguments'],
  ['evaluate without images', ['evaluate'], "missing required argument 'images'"],
  [
    '--resume with --out',
    ['train', '--resume', 'a', '--out', 'b'],
    "cannot be used with option '--out <dir>'",
  ],
  [
    '--resume with --config',
    ['train', '--resume', 'a', '--config', 'b'],
    "cannot be used with option '--config",
  ],
])('%s is one line of ERR_USAGE and status 2', async (_, args, said) => {
  const { status, stdout, stderr } = await run(...args);
  expect(stderr).toMatch(/^error: ERR_USAGE: [^\n]*\n$/);
  expect(stderr).toContain(said);
  expect([status, stdout]).toEqual([2, '']);
});

test.each([
  [['train', '--lr', '3'], '--learning-rate', 'train'],
  [['train', '--batch', '3'], '--batch-size', 'train'],
  [['train', '--batchSize', '3'], '--batch-size', 'train'],
  [['train', '--learning_rate=3'], '--learning-rate', 'train'],
  [['train', '-epochs', '3'], '--epochs', 'train'],
  [['train', '--output', 'a'], '--out', 'train'],
  [['train', '--outDir', 'a'], '--out', 'train'],
  [['train', '--gpu'], '--device', 'train'],
  [['train', '--workers', '3'], '--threads', 'train'],
  [['generate', 'runs/1', '--output', 'a.png'], '--out', 'generate'],
  [['generate', 'runs/1', '-n', '3'], '--count', 'generate'],
  [['export', 'runs/1', '--format', 'onnx', '--overwrite'], '--force', 'export'],
])('%j means %s, and the help of its command is named', async (args, meant, command) => {
  const { stderr } = await run(...args);
  expect(stderr).toMatch(
    /^error: ERR_USAGE: unknown option '[^']+' \(Did you mean --[^)]*\?\) Run: [^\n]*\n$/,
  );
  expect(stderr).toContain(`(Did you mean ${meant}?) Run: npx dcgan-native ${command} --help\n`);
});

test('an option that is like none of the command gets no hint', async () => {
  const { stderr } = await run('doctor', '--lr', '3');
  expect(stderr).toBe("error: ERR_USAGE: unknown option '--lr'. Run: npx dcgan-native doctor --help\n");
});

test('an unknown command points to the help of the program', async () => {
  expect((await run('trian')).stderr).toMatch(/ Run: npx dcgan-native --help\n$/);
});

test.each(['0', '-1', '1.5', 'NaN', '70000', 'word', ''])(
  '--batch-size %j is ERR_OPTION and status 1',
  async (typed) => {
    const { status, stderr } = await run('train', '--batch-size', typed);
    expect(stderr).toMatch(/^error: ERR_OPTION: Option --batch-size is wrong: [^\n]*\n$/);
    expect(status).toBe(1);
  },
);

test.each([
  ['--epochs', 'many'],
  ['--epochs', '0'],
  ['--steps', '-5'],
  ['--keep-checkpoints', '0'],
  ['--log-every', '2.5'],
  ['--out', ''],
  ['--device', 'gpu'],
  ['--precision', 'float16'],
  ['--config', 'absent.json'],
])('%s %j is ERR_OPTION, and names the option as it was typed', async (flag, typed) => {
  const { status, stderr } = await run('train', flag, typed);
  expect(stderr).toMatch(new RegExp(`^error: ERR_OPTION: Option ${flag} is wrong: [^\\n]*\\n$`));
  expect(status).toBe(1);
});

test('a wrong option makes no run directory', async () => {
  await run('train', '--batch-size', 'word');
  expect(existsSync(join(root, 'runs'))).toBe(false);
});

test('a file that is not JSON is refused as --config', async () => {
  writeFileSync(join(root, 'notes.txt'), 'epochs: 3');
  const { stderr } = await run('train', '--config', 'notes.txt');
  expect(stderr).toMatch(/^error: ERR_OPTION: Option --config is wrong: .* it is not JSON/);
});

test('--resume of a directory without a run says so', async () => {
  const { status, stderr } = await run('train', '--resume', 'nothing');
  expect(stderr).toMatch(/^error: ERR_CHECKPOINT_NOT_FOUND: There is no run in nothing: [^\n]*\n$/);
  expect(status).toBe(1);
});

test('--version names this program, libtorch and Node.js', async () => {
  const { status, stdout } = await run('--version');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^dcgan-native \d+\.\d+\.\d+\nlibtorch .+\nNode\.js v\d+\.\d+\.\d+\n$/);
});

test('DEBUG adds the stack to an error', async () => {
  const { stderr } = await finished(start(program, root, ['train', '--epochs', '0'], { DEBUG: '1' }));
  expect(stderr).toMatch(/^error: ERR_OPTION: [^\n]*\nDcganError: [^\n]*\n\s+at /);
});
