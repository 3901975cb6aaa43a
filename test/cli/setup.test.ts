import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sharedLibrary } from '../../lib/libtorch/layout.js';
import { compilePackage } from '../support/compile_package.js';
import { finished, type Outcome, start, temporaryDirectory } from './helpers.js';

const root = temporaryDirectory();
let program: string;
let caches: string;
let count = 0;

beforeAll(() => {
  program = compilePackage(join(root, 'package'));
});

beforeEach(() => {
  count += 1;
  caches = join(root, `caches-${count}`, 'dcgan-native');
});

const run = (args: readonly string[], variables: Readonly<Record<string, string>> = {}): Promise<Outcome> =>
  finished(start(program, root, ['setup', ...args], { XDG_CACHE_HOME: join(caches, '..'), ...variables }));

/** Files in the places of a libtorch's, with nothing in them. */
function layOut(name: string, directory = caches): string {
  const libtorch = join(directory, name);
  mkdirSync(join(libtorch, 'lib'), { recursive: true });
  for (const library of ['torch', 'torch_cpu'])
    writeFileSync(join(libtorch, 'lib', sharedLibrary(library)), '');
  return libtorch;
}

/** A python3 in a directory of its own, which answers that it has pip and then does as the script says. */
function fakePython(script: string): string {
  const bin = join(root, `bin-${count}`);
  mkdirSync(bin, { recursive: true });
  const content = `#!/bin/sh\ncase "$2" in *find_spec*) echo yes; exit 0;; esac\n${script}\n`;
  writeFileSync(join(bin, 'python3'), content, { mode: 0o755 });
  return `${bin}:/usr/bin:/bin`;
}

test('setup fetches nothing when libtorch is in the cache directory', async () => {
  const libtorch = layOut('libtorch-2.13.0');
  const { status, stdout, stderr } = await run(['--variant', 'cpu'], { PATH: root });
  expect([status, stdout, stderr]).toEqual([0, '', `libtorch 2.13.0 (CPU build) is in ${libtorch}\n`]);
});

test('setup --json prints events on stdout and nothing on stderr', async () => {
  const libtorch = layOut('libtorch-2.13.0');
  const { stdout, stderr } = await run(['--variant', 'cpu', '--json']);
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual({
    type: 'end',
    fetched: false,
    directory: libtorch,
    root: libtorch,
    version: '2.13.0',
    variant: 'cpu',
  });
});

test('setup that cannot write the cache directory is ERR_SETUP', async () => {
  const { status, stderr } = await run([], { XDG_CACHE_HOME: process.execPath });
  expect(stderr).toMatch(/^error: ERR_SETUP: [^\n]*cannot be written \(ENOTDIR\)[^\n]*\n$/);
  expect(status).toBe(1);
});

test('setup without pip says how to get it', async () => {
  const { status, stderr } = await run([], { PATH: root });
  expect(stderr).toMatch(/^error: ERR_SETUP: python3 does not run, .*install Python 3 with pip/);
  expect([status, existsSync(join(caches, 'libtorch-2.13.0'))]).toEqual([1, false]);
});

test('setup without network ends with what pip said', async () => {
  const PATH = fakePython(
    'echo "WARNING: Retrying" >&2; echo "ERROR: No matching distribution found for torch" >&2; exit 1',
  );
  const { status, stderr } = await run(['--variant', 'cpu'], { PATH });
  expect(stderr).toMatch(
    /^Fetching libtorch 2\.13\.0 \(CPU build\) with pip into .*\nWARNING: Retrying\nerror: ERR_SETUP: /,
  );
  expect(stderr).toMatch(/No matching distribution found for torch\. Check the network/);
  expect(status).toBe(1);
});

test('setup on a disk that becomes full ends with what pip said, and leaves nothing', async () => {
  const PATH = fakePython(
    'echo "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device" >&2; exit 1',
  );
  const { stderr } = await run(['--variant', 'cpu'], { PATH });
  expect(stderr).toMatch(/error: ERR_SETUP: .*No space left on device\. Check the network, the disk/);
  expect(readdirSync(caches)).toEqual([]);
});

test('Ctrl-C stops setup, which leaves nothing and exits with 130', async () => {
  const PATH = fakePython(
    'echo "Downloading https://example.org/torch-2.13.0-py3-none-any.whl (191.8 MB)"; exec sleep 60',
  );
  const child = start(program, root, ['setup', '--variant', 'cpu'], {
    XDG_CACHE_HOME: join(caches, '..'),
    PATH,
  });
  const end = finished(child);
  child.stderr?.on('data', (chunk) => {
    if (String(chunk).includes('192 MB')) child.kill('SIGINT');
  });
  const { status, stderr } = await end;
  expect(stderr).toContain('  torch-2.13.0-py3-none-any.whl (192 MB) from https://example.org\n');
  expect(stderr).toMatch(/Stopping\.\nStopped by Ctrl-C: nothing was fetched\.\n$/);
  expect([status, readdirSync(caches)]).toEqual([130, []]);
});

test('setup --list shows what was fetched', async () => {
  layOut('libtorch-2.13.0');
  layOut('libtorch-2.12.1-cuda/torch');
  const { status, stderr } = await run(['--list'], { PATH: root });
  expect(stderr).toMatch(
    /^libtorch 2\.13\.0 \(CPU build\), 0 MB, in .*\nlibtorch 2\.12\.1 \(build for CUDA\), 0 MB, in /,
  );
  expect(status).toBe(0);
});

test('setup --list shows which one is used', async () => {
  const { stderr } = await finished(start(program, root, ['setup', '--list']));
  expect(stderr).toMatch(/ \(used\)$|^Used is another one: /m);
});

test('setup --list --json prints one object a line on stdout', async () => {
  const directory = layOut('libtorch-2.13.0');
  const { stdout, stderr } = await run(['--list', '--json'], { PATH: root });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual({ version: '2.13.0', variant: 'cpu', directory, bytes: 0, used: false });
});

test('setup --remove removes the version that is named', async () => {
  layOut('libtorch-2.12.1');
  layOut('libtorch-2.13.0');
  const { status, stderr } = await run(['--remove', '2.12.1']);
  expect(stderr).toBe(`Removed ${join(caches, 'libtorch-2.12.1')}\n`);
  expect([status, readdirSync(caches)]).toEqual([0, ['libtorch-2.13.0']]);
});

test('setup --remove alone removes all', async () => {
  layOut('libtorch-2.12.1');
  layOut('libtorch-2.13.0');
  await run(['--remove']);
  expect(readdirSync(caches)).toEqual([]);
});

test("setup --remove leaves somebody's own directories", async () => {
  layOut('libtorch-2.12.1');
  writeFileSync(join(layOut('libtorch-2.13.0'), 'mine.txt'), '');
  const { status, stderr } = await run(['--remove']);
  expect(stderr).toContain(`${join(caches, 'libtorch-2.13.0')} was not made by setup: it stays.\n`);
  expect([status, readdirSync(caches)]).toEqual([0, ['libtorch-2.13.0']]);
  const named = await run(['--remove', '2.13.0']);
  expect(named.stderr).toMatch(/^error: ERR_SETUP: \S+ was not made by setup, which removes nothing else/);
  expect([named.status, readdirSync(caches)]).toEqual([1, ['libtorch-2.13.0']]);
});

test('setup --remove of what is not there is ERR_OPTION', async () => {
  const { status, stderr } = await run(['--remove', '2.11']);
  expect(stderr).toMatch(/^error: ERR_OPTION: Option --remove is wrong: [^ ]+ holds no libtorch 2\.11\. /);
  expect(status).toBe(1);
});

test.each(['2.12', '2', 'newest', '2.13.0.1', ''])('setup --version %j is ERR_OPTION', async (version) => {
  const { status, stderr } = await run(['--version', version]);
  expect(stderr).toMatch(
    /^error: ERR_OPTION: Option --version is wrong: .* is not served\. Take a version of .*2\.13/,
  );
  expect(status).toBe(1);
});

test('setup --dir puts it there, and says how to use it', async () => {
  const directory = join(root, 'a directory');
  const libtorch = layOut('libtorch-2.13.0', directory);
  const { stderr } = await run(['--variant', 'cpu', '--dir', 'a directory']);
  expect(stderr).toMatch(/\nTo use it: export DCGAN_LIBTORCH='.*\/a directory\/libtorch-2\.13\.0'\n$/);
  expect(stderr).toContain(libtorch);
});
