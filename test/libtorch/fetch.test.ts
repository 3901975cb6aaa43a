import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type FetchOptions, fetchLibtorch, fetchProblems } from '../../lib/libtorch/fetch';
import type { FetchEvent } from '../../lib/libtorch/fetch_events';
import {
  cacheDirectory,
  cachesDirectory,
  type Environment,
  isLibtorch,
  sharedLibrary,
} from '../../lib/libtorch/layout';
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

const events: FetchEvent[] = [];
beforeEach(() => events.splice(0));

const fetch = (options: FetchOptions = {}) =>
  fetchLibtorch({ env, space: 1e6, onEvent: (event) => events.push(event), ...options });
const caches = () => cachesDirectory(env);
const cached = () => readdirSync(caches()).sort();
const library = (name: string) => `torch/lib/${sharedLibrary(name)}`;

const zipScript = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w') as wheel:
    for path, content in zip(sys.argv[2::2], sys.argv[3::2]):
        wheel.writestr(path, content)`;

/** Lays a wheel where pip looks, with a few small files. @returns its path */
function offer(name: string, version: string, files: Record<string, string>, metadata = ''): string {
  const all: Record<string, string> = {
    ...files,
    [`${name}-${version}.dist-info/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n${metadata}`,
    [`${name}-${version}.dist-info/WHEEL`]: 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    [`${name}-${version}.dist-info/RECORD`]: '',
  };
  const wheel = write(join(directory, 'wheels', `${name}-${version}-py3-none-any.whl`));
  execFileSync('python3', ['-c', zipScript, wheel, ...Object.entries(all).flat()]);
  return wheel;
}

/** A wheel that pip takes for torch's. */
function offerTorch(version = '2.13.0', files: Record<string, string> = {}, metadata = ''): string {
  const [said = ''] = version.split('+');
  const content = {
    [library('torch')]: 'libtorch',
    [library('torch_cpu')]: 'libtorch_cpu',
    'torch/include/torch/headeronly/version.h': versionHeader(said),
    'torch/share/cmake/Torch/TorchConfig.cmake': '#',
    'torch/nn/__init__.py': 'not for C++',
    ...files,
  };
  return offer('torch', version, content, metadata);
}

describe('fetching libtorch', () => {
  test('leaves the libraries, headers and CMake files of the wheel in the cache', async () => {
    offerTorch();
    const root = await fetch();
    expect(root).toBe(cacheDirectory(env));
    expect(readdirSync(root).sort()).toEqual(['include', 'lib', 'share']);
    expect(readFileSync(join(root, 'lib', sharedLibrary('torch')), 'utf8')).toBe('libtorch');
  });

  test('leaves no temporary files', async () => {
    offerTorch();
    await fetch();
    expect(cached()).toEqual(['libtorch-2.13.0']);
  });

  test('does nothing when it was fetched before', async () => {
    const root = layOutLibtorch(cacheDirectory(env));
    await expect(fetch({ env: { ...env, PATH: '' } })).resolves.toBe(root);
  });

  test('can be done twice at once', async () => {
    offerTorch();
    const root = cacheDirectory(env);
    await expect(Promise.all([fetch(), fetch()])).resolves.toEqual([root, root]);
    expect(cached()).toEqual(['libtorch-2.13.0']);
  });

  test('replaces a directory that files were deleted from', async () => {
    offerTorch();
    write(join(cacheDirectory(env), 'lib', sharedLibrary('torch')), 'what is left');
    const root = await fetch();
    expect(readFileSync(join(root, 'lib', sharedLibrary('torch')), 'utf8')).toBe('libtorch');
  });

  test('tells which file comes, from where and how large it is, before it comes', async () => {
    const wheel = offerTorch();
    await fetch();
    expect(events.map(({ type }) => type).filter((type) => type !== 'progress')).toEqual([
      'begin',
      'source',
      'offer',
      'unpack',
      'end',
    ]);
    const bytes = statSync(wheel).size;
    expect(events).toContainEqual({
      type: 'offer',
      file: 'torch-2.13.0-py3-none-any.whl',
      from: wheel,
      bytes,
    });
  });

  test('takes the newest version of a minor version', async () => {
    for (const version of ['2.13.0', '2.13.1', '2.14.0']) offerTorch(version);
    expect(await fetch({ version: '2.13' })).toBe(join(caches(), 'libtorch-2.13.1'));
  });

  test('puts it into a directory that is named', async () => {
    offerTorch();
    const root = await fetch({ directory: join(directory, 'elsewhere') });
    expect(root).toBe(join(directory, 'elsewhere', 'libtorch-2.13.0'));
    expect(existsSync(caches())).toBe(false);
  });

  test('replaces what is there when it is forced to', async () => {
    offerTorch();
    const root = layOutLibtorch(cacheDirectory(env));
    await fetch({ force: true });
    expect(readFileSync(join(root, 'lib', sharedLibrary('torch')), 'utf8')).toBe('libtorch');
    expect(cached()).toEqual(['libtorch-2.13.0']);
  });

  test('keeps what is there when it is forced to and fails', async () => {
    const root = layOutLibtorch(cacheDirectory(env));
    expect(await failure(() => fetch({ force: true }))).toMatch(/^ERR_SETUP: pip could not download/);
    expect(isLibtorch(root)).toBe(true);
    expect(cached()).toEqual(['libtorch-2.13.0']);
  });

  test('of a build for CUDA brings the NVIDIA libraries that it names, beside it', async () => {
    const needs =
      'Requires-Dist: nvidia-fake-cu13==1.0; platform_system != "Nowhere"\nRequires-Dist: sympy\n';
    offerTorch('2.13.0+cu130', { [library('torch_cuda')]: 'libtorch_cuda' }, needs);
    offer('nvidia_fake_cu13', '1.0', {
      'nvidia/fake/lib/libfake.so.13': 'fake',
      'nvidia/fake/include/fake.h': '',
    });
    const root = await fetch({ variant: 'cuda' });
    expect(root).toBe(join(caches(), 'libtorch-2.13.0-cuda', 'torch'));
    expect(readdirSync(join(root, '..', 'nvidia', 'fake'))).toEqual(['lib']);
  });

  test('of a CPU build goes to another index where pip would fetch one for CUDA, and fails where it cannot', async () => {
    offerTorch('2.13.0+cu130', { [library('torch_cuda')]: 'libtorch_cuda' });
    expect(await failure(fetch)).toMatch(
      /^ERR_SETUP: pip has only builds for CUDA of torch 2\.13\.0, .* --variant cuda$/,
    );
    expect(events).toContainEqual({
      type: 'notice',
      message: expect.stringContaining('https://download.pytorch.org/whl/cpu instead'),
    });
    expect(cached()).toEqual([]);
  });

  test('of a build for CUDA fails where pip has a CPU build', async () => {
    offerTorch('2.13.0+cpu');
    expect(await failure(() => fetch({ variant: 'cuda' }))).toMatch(
      /^ERR_SETUP: pip has only a CPU build of torch 2\.13\.0\. Set PIP_INDEX_URL .* --variant cpu$/,
    );
  });

  test('refuses a file that does not have the hash of its index', async () => {
    const wheel = offerTorch();
    const index = join(directory, 'simple');
    write(
      join(index, 'torch', 'index.html'),
      `<a href="file://${wheel}#sha256=${'0'.repeat(64)}">torch-2.13.0-py3-none-any.whl</a>`,
    );
    const { PIP_NO_INDEX, PIP_FIND_LINKS, ...rest } = env;
    const said = await failure(() => fetch({ env: { ...rest, PIP_INDEX_URL: `file://${index}` } }));
    expect(said).toMatch(/^ERR_SETUP: pip could not download torch==2\.13\.0: .*DO NOT MATCH THE HASHES/);
    expect(cached()).toEqual([]);
  });
});

describe('a fetch that is stopped', () => {
  test.each([
    ['begin', 0],
    ['source', 0],
    ['offer', 0],
    ['unpack', 0],
    ['unpack', 80],
  ] as const)('at "%s", %d ms later, leaves nothing, and rejects with the reason', async (point, delay) => {
    offerTorch();
    const controller = new AbortController();
    const onEvent = (event: FetchEvent) => {
      if (event.type === point) setTimeout(() => controller.abort(new Error('enough')), delay);
    };
    await expect(fetch({ signal: controller.signal, onEvent })).rejects.toThrow('enough');
    expect(cached()).toEqual([]);
  });

  test('before it begins does not even make the directory', async () => {
    await expect(fetch({ signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
    expect(existsSync(caches())).toBe(false);
  });

  test('by force leaves files that the next fetch removes, and those of a fetch that goes on stay', async () => {
    offerTorch();
    const ended = spawnSync(process.execPath, ['-e', '']).pid;
    const running = `.fetch-${hostname()}-${process.pid}-abcdef`;
    write(join(caches(), `.fetch-${hostname()}-${ended}-abcdef`, 'wheels', 'half.whl'));
    write(join(caches(), running, 'wheels', 'half.whl'));
    await fetch();
    expect(cached()).toEqual([running, 'libtorch-2.13.0']);
  });
});

describe('a wheel', () => {
  test('puts nothing outside of the cache, whatever it names', async () => {
    offerTorch('2.13.0', { 'torch/lib/../../../../escaped': 'x' });
    const root = await fetch();
    const escaped = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('escaped'),
    );
    expect(escaped.map((path) => join(directory, path))).toEqual([join(root, 'lib', 'escaped')]);
  });

  test('that pip does not have is an error with its words', async () => {
    const said = await failure(fetch);
    expect(said).toMatch(
      /^ERR_SETUP: pip could not download torch==2\.13\.0: .*torch==2\.13\.0.* Check the network/,
    );
    expect(cached()).toEqual([]);
  });

  test('that holds another version is refused', async () => {
    offerTorch('2.13.0', { 'torch/include/torch/headeronly/version.h': versionHeader('2.12.0') });
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
