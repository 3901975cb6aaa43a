import { cpSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { compilePackage } from '../support/compile_package.js';
import { runInTerminal } from '../support/pty.js';
import { finished, type Outcome, start, temporaryDirectory, writeImages } from './helpers.js';

const root = temporaryDirectory();
const run = join(root, 'runs/0001');
const newest = 'runs/0001/samples/step-00000008.png, of step 8';
const xterm = { TERM: 'xterm-256color', COLORTERM: 'truecolor' };
let program: string;
let small: readonly string[];

beforeAll(async () => {
  program = compilePackage(join(root, 'package'));
  const images = writeImages(join(root, 'images-idx3-ubyte'), 16);
  small = ['--data', images, '--batch-size', '4', '--seed', '7', '--threads', '1', '--device', 'cpu'];
  const training = ['train', ...small, '--epochs', '2', '--sample-every', '0', '--sample-every-steps', '4'];
  expect(await finished(start(program, root, training))).toMatchObject({ status: 0 });
});

/** Runs the program in a terminal. */
const inTerminal = (columns: number, env: Readonly<Record<string, string>>, ...args: string[]) => {
  const script = `require(${JSON.stringify(join(program, 'dist/cli/main.js'))})
    .main(process.argv.slice(1)).then((code) => { process.exitCode = code; });`;
  return runInTerminal({ cwd: root, columns, rows: 40, env }, [
    process.execPath,
    '-e',
    script,
    '--',
    ...args,
  ]);
};
const piped = (...args: string[]): Promise<Outcome> =>
  finished(start(program, root, ['show', ...args], xterm));

/** The lines as they are seen: each as it was written last, without what colours it. */
const seen = (text: string): string[] =>
  text.split('\n').map((line) => stripVTControlCharacters(line.split('\r').at(-1)!));
const widthsOf = (lines: readonly string[]): number[] => [...new Set(lines.map((line) => [...line].length))];

describe('in a terminal', () => {
  test.each([20, 60, 200])(
    'of %d columns the newest samples of a run are as wide as fits',
    async (columns) => {
      const { status, stdout } = await inTerminal(columns, xterm, 'show', 'runs/0001');
      const [name, ...lines] = seen(stdout).slice(0, -1);
      expect([status, name]).toEqual([0, newest]);
      // Of 200 columns as many as 39 rows leave.
      const width = Math.min(columns - 1, 80);
      expect(widthsOf(lines)).toEqual([width]);
      expect(lines).toHaveLength(Math.ceil(width / 2));
      expect(stdout).toContain('\x1b[38;2;');
    },
  );

  test('that is narrower than --width, the picture is as wide as the terminal', async () => {
    const { stdout } = await inTerminal(30, xterm, 'show', 'runs/0001', '--width', '100');
    expect(widthsOf(seen(stdout).slice(1, -1))).toEqual([30]);
  });

  test('several pictures stand below their names', async () => {
    const picture = 'runs/0001/samples/step-00000004.png';
    const { status, stdout } = await inTerminal(80, xterm, 'show', picture, 'runs/0001', '--width', '10');
    const lines = seen(stdout);
    expect([status, lines[0], lines[6], lines.length]).toEqual([0, picture, newest, 13]);
  });

  test.each([
    ['kitty', { TERM: 'xterm-kitty' }, '\x1b_Ga=T,f=100,q=2,c='],
    ['iTerm2', { ...xterm, TERM_PROGRAM: 'iTerm.app' }, '\x1b]1337;File=inline=1;'],
    ['foot', { TERM: 'foot' }, '\x1bP0;0;q'],
    ['tmux', { ...xterm, TMUX: '/tmp/tmux', KITTY_WINDOW_ID: '1' }, '\x1b[48;2;'],
    ['a terminal of 256 colours', { TERM: 'xterm-256color' }, '\x1b[48;5;'],
  ])('such as %s it is shown as that knows', async (_, env, begins) => {
    const { status, stdout } = await inTerminal(80, env, 'show', 'runs/0001');
    expect(status).toBe(0);
    expect(stdout).toContain(`${newest}\n${begins}`);
  });

  test('without colours it is of dots, and of no escape sequence', async () => {
    const { status, stdout } = await inTerminal(80, { TERM: 'vt100' }, 'show', 'runs/0001');
    const [, ...lines] = stdout.split('\n').slice(0, -1);
    expect([status, lines.length]).toEqual([0, 39]);
    for (const line of lines) expect(line).toMatch(/^[⠀-⣿]{78}$/);
  });

  test('that knows no escape sequences a sentence says so, and there are none', async () => {
    const { status, stdout } = await inTerminal(80, { TERM: 'dumb' }, 'show', 'runs/0001');
    expect(status).toBe(1);
    expect(stdout).toMatch(/^error: ERR_OPTION: Option --protocol is wrong: .*\(TERM=dumb\)[^\n]*\n$/);
    expect(stdout).not.toContain('\x1b');
  });
});

describe('in a pipe', () => {
  test('nothing is drawn, and a sentence says how it would be', async () => {
    const { status, stdout, stderr } = await piped('runs/0001');
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^error: ERR_OPTION: Option --protocol is wrong: stdout is no terminal, .*\n$/);
  });

  test('what is asked for by its name is drawn on purpose, 80 columns wide or as wide as is said', async () => {
    const { status, stdout, stderr } = await piped('runs/0001', '--protocol', 'blocks');
    expect([status, stderr, widthsOf(seen(stdout).slice(0, -1))]).toEqual([0, `${newest}\n`, [79]]);
    const narrow = await piped('runs/0001', '--protocol', 'blocks', '--width', '33');
    expect(widthsOf(seen(narrow.stdout).slice(0, -1))).toEqual([33]);
  });
});

describe('is refused in one line', () => {
  test.each([
    ['a path where there is no run', ['1'], 'ERR_CHECKPOINT_NOT_FOUND', 'Did you mean runs/0001?'],
    ['a picture that is not there', ['nothing.png'], 'ERR_DATA_NOT_FOUND', 'nothing.png is not there.'],
    ['a file that is no picture', ['images-idx3-ubyte'], 'ERR_DATA_FORMAT', 'cannot be read as a picture'],
    ['no width', ['runs/0001', '--width', '0'], 'ERR_OPTION', 'Option --width is wrong'],
    ['half a width', ['runs/0001', '--width', '2.5'], 'ERR_OPTION', 'Option --width is wrong'],
    ['no protocol', ['runs/0001', '--protocol', 'ascii'], 'ERR_USAGE', 'Allowed choices are auto, blocks, '],
    ['nothing', [], 'ERR_USAGE', "missing required argument 'runs-or-pictures'"],
  ])('%s', async (_, args, code, said) => {
    const { stdout, stderr } = await piped('--protocol', 'blocks', ...args);
    expect(stdout).toBe('');
    expect(stderr).toMatch(new RegExp(`^error: ${code}: [^\\n]*\\n$`));
    expect(stderr).toContain(said);
  });

  test('a run without a sample picture', async () => {
    const other = mkdtempSync(join(root, 'run-'));
    cpSync(join(run, 'config.json'), join(other, 'config.json'));
    const { status, stderr } = await piped(other, '--protocol', 'blocks');
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error: ERR_DATA_NOT_FOUND: The run .* has no sample picture yet\. /);
  });
});

describe('train --preview', () => {
  const training = ['--steps', '8', '--log-every', '1', '--preview'];

  test('draws each sample picture above the line, at most 40 columns wide, and the newest before the end', async () => {
    const { status, stdout } = await inTerminal(60, xterm, 'train', ...small, ...training);
    expect(status).toBe(0);
    const lines = seen(stdout);
    const captions = lines.flatMap((line, i) => (/^Samples of step \d+, epoch \d+:$/.test(line) ? [i] : []));
    expect(lines[captions.at(-1)!]).toBe('Samples of step 8, epoch 2:');
    for (const at of captions) {
      const picture = lines.slice(at + 1, at + 21);
      expect(widthsOf(picture)).toEqual([40]);
      expect(picture.join('')).toMatch(/^[▀ ]+$/);
      expect(lines[at + 21]).toMatch(/^(Samples of step|[ \d]{3}% {2}epoch \d\/2)/);
    }
    expect(lines.filter((line) => /^[ \d]{3}% /.test(line))).toEqual([
      expect.stringMatching(/^100% {2}epoch 2\/2/),
    ]);
    expect(lines.filter((line) => /^Trained 8 steps/.test(line))).toHaveLength(1);
    expect(stdout.lastIndexOf('\x1b[?25h')).toBeGreaterThan(stdout.lastIndexOf('\x1b[?25l'));
  });

  test('is nothing where there is no terminal', async () => {
    const { status, stderr } = await finished(start(program, root, ['train', ...small, ...training], xterm));
    expect(status).toBe(0);
    expect(stderr).not.toContain('Samples of step');
    expect(stderr).not.toContain('\x1b');
  });
});
