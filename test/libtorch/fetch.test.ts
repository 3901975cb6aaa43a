import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type FetchOptions, fetchLibtorch, fetchProblems } from '../../lib/libtorch/fetch';
import { cacheDirectory, type Environment, sharedLibrary } from '../../lib/libtorch/layout';
import { failure, layOutLibtorch, remove, temporaryDirectory, versionHeader, write } from './helpers';

let directory: string;
let env: Environment;
beforeEach(() => {
  directory = temporaryDirectory();
  // pip looks into this directory and nowhere else.
  const pip = { PIP_CONFIG_FILE: '/dev/null', PIP_NO_INDEX: '1', PIP_FIND_LINKS: join(directory, 'wheels') };
  env = { PATH: process.env.PATH, HOME: directory, XDG_CACHE_HOME: join(directory, 'cache'), ...pip };
});
afterEach(() => remove(directory));

const fetch = (options: FetchOptions = {}) => fetchLibtorch({ env, space: 1e6, quiet: true, ...options });
const cached = () => readdirSync(dirname(cacheDirectory(env)));

const zipScript = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w') as wheel:
    for path, content in zip(sys.argv[2::2], sys.argv[3::2]):
        wheel.writestr(path, content)`;

/** A wheel that pip takes for torch's, with a few small files. */
function offerWheel(version = '2.13.0', extra: Record<string, string> = {}): void {
  const files: Record<string, string> = {
    [`torch/lib/${sharedLibrary('torch')}`]: 'libtorch',
    [`torch/lib/${sharedLibrary('torch_cpu')}`]: 'libtorch_cpu',
    'torch/include/torch/headeronly/version.h': versionHeader(version),
    'torch/share/cmake/Torch/TorchConfig.cmake': '#',
    'torch/nn/__init__.py': 'not for C++',
    'torch-2.13.0.dist-info/METADATA': 'Metadata-Version: 2.1\nName: torch\nVersion: 2.13.0\n',
    'torch-2.13.0.dist-info/WHEEL': 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    'torch-2.13.0.dist-info/RECORD': '',
    ...extra,
  };
  const wheel = write(join(directory, 'wheels', 'torch-2.13.0-py3-none-any.whl'));
  execFileSync('python3', ['-c', zipScript, wheel, ...Object.entries(files).flat()]);
}

describe('fetching libtorch', () => {
  test('leaves the libraries, headers and CMake files of the wheel in the cache', async () => {
    offerWheel();
    const root = await fetch();
    expect(root).toBe(cacheDirectory(env));
    expect(readdirSync(root).sort()).toEqual(['include', 'lib', 'share']);
    expect(readFileSync(join(root, 'lib', sharedLibrary('torch')), 'utf8')).toBe('libtorch');
  });

  test('leaves no temporary files', async () => {
    offerWheel();
    await fetch();
    expect(cached()).toEqual(['libtorch-2.13.0']);
  });

  test('does nothing when it was fetched before', async () => {
    const root = layOutLibtorch(cacheDirectory(env));
    await expect(fetch({ env: { ...env, PATH: '' } })).resolves.toBe(root);
  });

  test('can be done twice at once', async () => {
    offerWheel();
    const root = cacheDirectory(env);
    await expect(Promise.all([fetch(), fetch()])).resolves.toEqual([root, root]);
    expect(cached()).toEqual(['libtorch-2.13.0']);
  });

  test('replaces a directory that files were deleted from', async () => {
    offerWheel();
    write(join(cacheDirectory(env), 'lib', sharedLibrary('torch')), 'what is left');
    const root = await fetch();
    expect(readFileSync(join(root, 'lib', sharedLibrary('torch')), 'utf8')).toBe('libtorch');
  });

  test('leaves nothing when it is stopped, and rejects with the reason', async () => {
    offerWheel();
    const controller = new AbortController();
    const fetched = fetch({ signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(fetched).rejects.toThrow('enough');
    expect(cached()).toEqual([]);
  });

  test('writes nothing outside of the cache, whatever the wheel names', async () => {
    offerWheel('2.13.0', { 'torch/lib/../../../../escaped': 'x' });
    const root = await fetch();
    const escaped = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('escaped'),
    );
    expect(escaped.map((path) => join(directory, path))).toEqual([join(root, 'lib', 'escaped')]);
  });

  test('fails with what pip said when there is no such version', async () => {
    const said = await failure(fetch);
    expect(said).toMatch(
      /^ERR_SETUP: pip could not download torch 2\.13\.0: .*torch==2\.13\.0.* Check the network/,
    );
    expect(cached()).toEqual([]);
  });

  test('fails when the wheel holds another version', async () => {
    offerWheel('2.12.0');
    expect(await failure(fetch)).toMatch(
      /^ERR_SETUP: The wheel that pip downloaded holds no libtorch 2\.13\.0/,
    );
    expect(cached()).toEqual([]);
  });
});

describe('before it fetches', () => {
  test('it asks for python3', () => {
    expect(fetchProblems({ env: { ...env, PATH: directory }, space: 1 })).toEqual([
      expect.stringMatching(/^python3 does not run, .*install Python 3 with pip/),
    ]);
  });

  test('it asks for pip', () => {
    write(join(directory, 'bin', 'python3'), '#!/bin/sh\n', 0o755);
    expect(fetchProblems({ env: { ...env, PATH: join(directory, 'bin') }, space: 1 })).toEqual([
      expect.stringMatching(/^python3 has no pip, .*apt install python3-pip/),
    ]);
  });

  test('it asks for space on the disk', () => {
    expect(fetchProblems({ env, space: 1e18 })).toEqual([
      expect.stringMatching(/^libtorch needs 1000000000\.0 GB in .*: make room/),
    ]);
  });

  test('it asks for a cache directory that can be written', () => {
    const file = write(join(directory, 'file'));
    expect(fetchProblems({ env: { ...env, XDG_CACHE_HOME: file }, space: 1 })).toEqual([
      expect.stringMatching(/cannot be written \(ENOTDIR\)/),
    ]);
  });

  test('all that is missing is said at once', async () => {
    const said = await failure(() => fetch({ env: { ...env, PATH: directory }, space: 1e18 }));
    expect(said).toMatch(/^ERR_SETUP: python3 does not run.* libtorch needs /);
  });
});
