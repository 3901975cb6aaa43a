import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { sharedLibrary } from '../../lib/libtorch/layout.js';
import { layOutLibtorch, write } from '../libtorch/helpers.js';
import { temporaryDirectory } from '../support/cleanup.js';

/** What a program with `libtorch_roots.mjs` prints as JSON, where pip sees the wheels in `directory`. */
function program(directory: string, text: string): string[] {
  const env = {
    PATH: process.env.PATH,
    HOME: directory,
    XDG_CACHE_HOME: join(directory, 'cache'),
    PIP_CONFIG_FILE: '/dev/null',
    PIP_NO_INDEX: '1',
    PIP_RETRIES: '0',
    PIP_FIND_LINKS: join(directory, 'wheels'),
  };
  const imports = `import { libtorchRoots, servedMinors } from './scripts/release/libtorch_roots.mjs';`;
  const args = ['--input-type=module', '-e', `${imports}\nconsole.log(JSON.stringify(${text}));`];
  const { stdout } = spawnSync(process.execPath, args, { cwd: resolve('.'), env, encoding: 'utf8' });
  return JSON.parse(stdout);
}

/** Lays a wheel of torch's where pip looks: a build for CUDA, or for the CPU. */
function offerTorch(directory: string, version: string, build: 'cpu' | 'cu130'): void {
  const unpacked = join(directory, version);
  const about = `torch-${version}+${build}`;
  const info = join(unpacked, `${about}.dist-info`);
  layOutLibtorch(join(unpacked, 'torch'), version);
  if (build !== 'cpu') write(join(unpacked, 'torch', 'lib', sharedLibrary('torch_cuda')));
  write(join(info, 'METADATA'), `Metadata-Version: 2.1\nName: torch\nVersion: ${version}+${build}\n`);
  write(join(info, 'WHEEL'), 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n');
  write(join(info, 'RECORD'));
  const wheel = join(directory, 'wheels', `${about}-py3-none-any.whl`);
  mkdirSync(join(directory, 'wheels'), { recursive: true });
  execFileSync('python3', ['-m', 'zipfile', '-c', wheel, 'torch', `${about}.dist-info`], { cwd: unpacked });
}

describe('the libtorch of each served version', () => {
  test('is of 2.13, of 2.14, of 2.15 …', () => {
    const served = program(temporaryDirectory(), 'servedMinors');
    expect(served).toEqual(expect.arrayContaining(['2.13', '2.14', '2.15']));
  });

  test('is fetched as a build for the CPU, or, where pip has none, as one for CUDA', () => {
    const directory = temporaryDirectory();
    const [oldest, ...others] = program(directory, 'servedMinors');
    offerTorch(directory, `${oldest}.1`, 'cpu');
    for (const minor of others) offerTorch(directory, `${minor}.0`, 'cu130');
    const needs = '{ headers: true, fetch: true, space: 1e6 }';
    const caches = join(directory, 'cache', 'dcgan-native');
    expect(program(directory, `[...(await libtorchRoots([], ${needs}))]`)).toEqual([
      [oldest, join(caches, `libtorch-${oldest}.1`)],
      ...others.map((minor) => [minor, join(caches, `libtorch-${minor}.0-cuda`, 'torch')]),
    ]);
  });

  test('is asked for by version where there is none', () => {
    const failed = 'await libtorchRoots([]).catch((error) => [error.message])';
    expect(program(temporaryDirectory(), failed)).toEqual([
      expect.stringMatching(/^There is no libtorch 2\.13 and 2\.14 .* let pip fetch it with --fetch\.$/),
    ]);
  });
});
