import { join } from 'node:path';
import { type Environment, packageCache } from '../../lib/files/cache';
import { defaultLibtorch } from '../../lib/libtorch/cache';
import { findLibtorch, type Libtorch } from '../../lib/libtorch/find';
import { sharedLibrary } from '../../lib/libtorch/layout';
import { failure, layOutLibtorch, remove, temporaryDirectory, write } from './helpers';

let directory: string;
let env: Environment;
beforeEach(() => {
  directory = temporaryDirectory();
  env = {
    PATH: process.env.PATH,
    XDG_CACHE_HOME: join(directory, 'cache'),
    PYTHONPATH: join(directory, 'python'),
  };
});
afterEach(() => remove(directory));

const inVariable = (version?: string) => layOutLibtorch(join(directory, 'named'), version);
const inCache = (version?: string) => layOutLibtorch(defaultLibtorch(env), version);
function inPython(version?: string): string {
  const root = layOutLibtorch(join(directory, 'python', 'torch'), version);
  // Importing it would fail; finding it must not import it.
  write(join(root, '__init__.py'), 'raise SystemExit(3)');
  return root;
}

describe('libtorch', () => {
  test('is first looked for in DCGAN_LIBTORCH', () => {
    const root = inVariable();
    inCache();
    const found = findLibtorch({ env: { ...env, DCGAN_LIBTORCH: root } });
    expect(found).toEqual({ root, version: '2.13.0', source: 'DCGAN_LIBTORCH' });
  });

  test('is looked for in the cache before Python', () => {
    const root = inCache();
    inPython();
    expect(findLibtorch({ env })).toEqual({ root, version: '2.13.0', source: 'cache' });
  });

  test('is found in Python without importing torch', () => {
    const root = inPython('2.13.4');
    expect(findLibtorch({ env })).toEqual({ root, version: '2.13.4', source: 'python' });
  });

  test('is not looked for in the working directory', async () => {
    layOutLibtorch(join(directory, 'here', 'torch'));
    const before = process.cwd();
    process.chdir(join(directory, 'here'));
    try {
      expect(await failure(() => findLibtorch({ env: { ...env, PYTHONPATH: '' } }))).toMatch(
        /ERR_LIBTORCH_NOT_FOUND/,
      );
    } finally {
      process.chdir(before);
    }
  });

  test('is not found: the error lists every place and what to do', async () => {
    const said = await failure(() => findLibtorch({ env: { ...env, PATH: directory } }));
    expect(said).toBe(
      `ERR_LIBTORCH_NOT_FOUND: libtorch was not found. Looked at: DCGAN_LIBTORCH (not set), ${defaultLibtorch(env)} ` +
        '(nothing fetched yet), the torch of python3 (no python3 that runs). Run: npx dcgan-native setup, or set ' +
        'DCGAN_LIBTORCH to the directory of a libtorch (the one that holds lib/).',
    );
  });

  test('is an error when DCGAN_LIBTORCH is wrong, though the cache has one', async () => {
    inCache();
    const said = await failure(() => findLibtorch({ env: { ...env, DCGAN_LIBTORCH: directory } }));
    expect(said).toMatch(/^ERR_LIBTORCH_NOT_FOUND: DCGAN_LIBTORCH is .*, which holds no lib\/libtorch\./);
  });

  test('is looked for elsewhere when DCGAN_LIBTORCH is empty', () => {
    const root = inCache();
    expect(findLibtorch({ env: { ...env, DCGAN_LIBTORCH: '' } }).root).toBe(root);
  });

  test('of an unfitting version in DCGAN_LIBTORCH is refused by name', async () => {
    const root = inVariable('2.12.0');
    const said = await failure(() => findLibtorch({ env: { ...env, DCGAN_LIBTORCH: root } }));
    expect(said).toContain(
      `ERR_LIBTORCH_VERSION: Found libtorch 2.12.0 in ${root} (DCGAN_LIBTORCH), but this build of dcgan-native serves 2.13.`,
    );
  });

  test('of a minor version that only begins alike is refused', async () => {
    const root = inVariable('2.1.3');
    const named = { ...env, DCGAN_LIBTORCH: root };
    expect(await failure(() => findLibtorch({ env: named, served: ['2.13'] }))).toMatch(
      /^ERR_LIBTORCH_VERSION/,
    );
  });

  test.each([
    ['the lib/ of one', 'lib'],
    ['the directory above one', '..'],
  ])('is named in the error when DCGAN_LIBTORCH is %s', async (_, path) => {
    const root = layOutLibtorch(join(directory, 'torch'));
    const said = await failure(() => findLibtorch({ env: { ...env, DCGAN_LIBTORCH: join(root, path) } }));
    expect(said).toMatch(/^ERR_LIBTORCH_NOT_FOUND: DCGAN_LIBTORCH is /);
    expect(said.endsWith(` Set it to ${root}`)).toBe(true);
  });

  test('that is not a shared library is refused', async () => {
    const root = inVariable();
    write(join(root, 'lib', sharedLibrary('torch')), 'text');
    const said = await failure(() => findLibtorch({ env: { ...env, DCGAN_LIBTORCH: root } }));
    expect(said).toMatch(
      /^ERR_LIBTORCH_LOAD: .*\/lib\/libtorch\.so is not a shared library\. Set DCGAN_LIBTORCH to/,
    );
  });

  test('for another architecture is refused, and both are named', async () => {
    const other = process.arch === 'x64' ? 'arm64' : 'x64';
    const root = layOutLibtorch(join(directory, 'named'), '2.13.0', other);
    const said = await failure(() => findLibtorch({ env: { ...env, DCGAN_LIBTORCH: root } }));
    expect(said).toContain(
      `ERR_LIBTORCH_ARCHITECTURE: The libtorch in ${root} is built for ${other}, but this Node.js is for ${process.arch}.`,
    );
  });

  test('of the newest served version is taken from the cache', () => {
    const cachedAs = (version: string) =>
      layOutLibtorch(join(packageCache(env), `libtorch-${version}`), version);
    for (const version of ['2.9.1', '2.13.0', '2.14.1', '2.15.0']) cachedAs(version);
    expect(findLibtorch({ env, served: ['2.9', '2.13', '2.14'] }).version).toBe('2.14.1');
  });

  test('for CUDA is found in the cache one level deeper, beside its NVIDIA libraries', () => {
    const root = layOutLibtorch(join(packageCache(env), 'libtorch-2.13.0-cuda', 'torch'));
    expect(findLibtorch({ env })).toEqual({ root, version: '2.13.0', source: 'cache' });
  });

  test('that fails when it is tried makes way for the next place', () => {
    const cached = inCache();
    const root = inPython();
    const problem = {
      code: 'ERR_LIBTORCH_LOAD',
      reason: 'It is damaged.',
      remedy: 'Fetch it again.',
    } as const;
    const probe = (libtorch: Libtorch) => (libtorch.root === cached ? problem : null);
    expect(findLibtorch({ env, probe }).root).toBe(root);
  });

  test('that fails when it is tried is an error when there is no other', async () => {
    inCache();
    const problem = {
      code: 'ERR_LIBTORCH_LOAD',
      reason: 'It is damaged.',
      remedy: 'Fetch it again.',
    } as const;
    const said = await failure(() =>
      findLibtorch({ env: { ...env, PATH: directory }, probe: () => problem }),
    );
    expect(said).toBe('ERR_LIBTORCH_LOAD: It is damaged. Fetch it again.');
  });

  test('of an unfitting version in Python only is an error that names it', async () => {
    const root = inPython('2.9.1');
    const said = await failure(() => findLibtorch({ env, served: ['2.12', '2.13'] }));
    expect(said).toContain(
      `Found libtorch 2.9.1 in ${root}, but this build of dcgan-native serves 2.12, 2.13.`,
    );
  });
});
