import { existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { type Environment, packageCache } from '../../lib/files/cache';
import { defaultLibtorch } from '../../lib/libtorch/cache';
import { type FetchOptions, fetchLibtorch, fetchProblems } from '../../lib/libtorch/fetch';
import type { FetchEvent } from '../../lib/libtorch/fetch_events';
import { isLibtorch, sharedLibrary } from '../../lib/libtorch/layout';
import { failure, layOutLibtorch, remove, temporaryDirectory, versionHeader, write } from './helpers';
import { library, type Offers, offersIn } from './offers';

let directory: string;
let env: Environment;
let offer: Offers['offer'];
let offerTorch: Offers['offerTorch'];
beforeEach(() => {
  directory = temporaryDirectory();
  ({ env, offer, offerTorch } = offersIn(directory));
});
afterEach(() => remove(directory));

const events: FetchEvent[] = [];
beforeEach(() => events.splice(0));

const fetch = (options: FetchOptions = {}) =>
  fetchLibtorch({ env, space: 1e6, onEvent: (event) => events.push(event), ...options });
const caches = () => packageCache(env);
const cached = () => readdirSync(caches()).sort();

describe('fetching libtorch', () => {
  test('leaves the libraries, headers and CMake files of the wheel in the cache', async () => {
    offerTorch();
    const root = await fetch();
    expect(root).toBe(defaultLibtorch(env));
    expect(readdirSync(root).sort()).toEqual(['.dcgan-native.json', 'include', 'lib', 'share']);
    expect(readFileSync(join(root, 'lib', sharedLibrary('torch')), 'utf8')).toBe('libtorch');
  });

  test('leaves no temporary files', async () => {
    offerTorch();
    await fetch();
    expect(cached()).toEqual(['libtorch-2.13.0']);
  });

  test('does nothing when it was fetched before', async () => {
    const root = layOutLibtorch(defaultLibtorch(env));
    await expect(fetch({ env: { ...env, PATH: '' } })).resolves.toBe(root);
  });

  test('can be done twice at once', async () => {
    offerTorch();
    const root = defaultLibtorch(env);
    await expect(Promise.all([fetch(), fetch()])).resolves.toEqual([root, root]);
    expect(cached()).toEqual(['libtorch-2.13.0']);
  });

  test('replaces what it made when files were deleted from it', async () => {
    offerTorch();
    const root = await fetch();
    rmSync(join(root, 'lib'), { recursive: true });
    await fetch();
    expect(readFileSync(join(root, 'lib', sharedLibrary('torch')), 'utf8')).toBe('libtorch');
  });

  test('tells which file comes, from where and how large it is, before it comes', async () => {
    const wheel = offerTorch();
    await fetch();
    expect(events.map(({ type }) => type).filter((type) => type !== 'progress')).toEqual([
      'begin',
      'source',
      'offer',
      'notice',
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
    const root = layOutLibtorch(defaultLibtorch(env));
    await fetch({ force: true });
    expect(readFileSync(join(root, 'lib', sharedLibrary('torch')), 'utf8')).toBe('libtorch');
    expect(cached()).toEqual(['libtorch-2.13.0']);
  });

  test('keeps what is there when it is forced to and fails', async () => {
    const root = layOutLibtorch(defaultLibtorch(env));
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

  test('by force leaves files that a fetch removes ten minutes later, and those of one that goes on stay', async () => {
    offerTorch();
    const [ended, running] = ['.fetch-ended', '.fetch-running'];
    for (const name of [ended, running]) write(join(caches(), name, 'wheels', 'half.whl'));
    const before = (minutes: number) => new Date(Date.now() - minutes * 60_000);
    utimesSync(join(caches(), ended), before(11), before(11));
    utimesSync(join(caches(), running), before(9), before(9));
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
