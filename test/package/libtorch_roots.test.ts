import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { library, offersIn } from '../libtorch/offers.js';
import { temporaryDirectory } from '../support/cleanup.js';

/** What a program with `libtorch_roots.mjs` prints as JSON, where pip sees the wheels of `offersIn(directory)`. */
function program(directory: string, text: string): string[] {
  const imports = `import { libtorchRoots, servedMinors } from './scripts/release/libtorch_roots.mjs';`;
  const args = ['--input-type=module', '-e', `${imports}\nconsole.log(JSON.stringify(${text}));`];
  const env = { ...offersIn(directory).env, PIP_RETRIES: '0' };
  const { stdout } = spawnSync(process.execPath, args, { cwd: resolve('.'), env, encoding: 'utf8' });
  return JSON.parse(stdout);
}

describe('the libtorch of each served version', () => {
  test('is of 2.13, of 2.14, of 2.15 …', () => {
    const served = program(temporaryDirectory(), 'servedMinors');
    expect(served).toEqual(expect.arrayContaining(['2.13', '2.14', '2.15']));
  });

  test('is fetched as a build for the CPU, or, where pip has none, as one for CUDA', () => {
    const directory = temporaryDirectory();
    const [oldest, ...others] = program(directory, 'servedMinors');
    const { offerTorch } = offersIn(directory);
    offerTorch(`${oldest}.1+cpu`);
    for (const minor of others) offerTorch(`${minor}.0+cu130`, { [library('torch_cuda')]: '' });
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
