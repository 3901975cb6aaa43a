import { join } from 'node:path';
import { findLibtorch } from '../../lib/libtorch/find';
import { cacheDirectory, type Environment } from '../../lib/libtorch/layout';
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
const inCache = (version?: string) => layOutLibtorch(cacheDirectory(env), version);
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
      `ERR_LIBTORCH_NOT_FOUND: libtorch was not found. Looked at: DCGAN_LIBTORCH (not set), ${cacheDirectory(env)} ` +
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

  test('of an unfitting version in Python only is an error that names it', async () => {
    const root = inPython('2.9.1');
    const said = await failure(() => findLibtorch({ env, served: ['2.12', '2.13'] }));
    expect(said).toContain(
      `Found libtorch 2.9.1 in ${root}, but this build of dcgan-native serves 2.12, 2.13.`,
    );
  });
});
