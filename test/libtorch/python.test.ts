import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fetchLibtorch } from '../../lib/libtorch/fetch';
import { type FetchEvent, reportFetch } from '../../lib/libtorch/fetch_events';
import { parseOffer } from '../../lib/libtorch/pip';
import {
  askPython,
  hasPipScript,
  pythonArguments,
  pythonVariables,
  torchDirectoryScript,
} from '../../lib/libtorch/python';
import { remove, temporaryDirectory, write } from './helpers';
import { offersIn } from './offers';

let directory: string;
const home = process.cwd();
beforeEach(() => {
  directory = temporaryDirectory();
});
afterEach(() => {
  process.chdir(home);
  remove(directory);
});

/** A working directory whose modules, when one of them is run, leave a file that says so. */
function hostileDirectory(): { readonly hostile: string; readonly trap: string } {
  const hostile = join(directory, 'hostile');
  const trap = join(directory, 'ran');
  const spring = `open(${JSON.stringify(trap)}, 'a').write(__name__ + '\\n')\n`;
  const packages = ['pip', 'torch', 'importlib', 'email', 'encodings'];
  const modules = ['zipfile', 'runpy', 'os', 'sitecustomize', 'usercustomize'];
  for (const name of packages) write(join(hostile, name, '__init__.py'), spring);
  write(join(hostile, 'pip', '__main__.py'), spring);
  for (const name of modules) write(join(hostile, `${name}.py`), spring);
  return { hostile, trap };
}

test.each([
  ['', undefined],
  [' although PYTHONPATH ends in a colon', '/nowhere:'],
  [' although PYTHONPATH names it as "."', '.'],
])('nothing of the working directory is run by a fetch%s', async (_, PYTHONPATH) => {
  const { env: bare, offerTorch } = offersIn(directory);
  const env = PYTHONPATH === undefined ? bare : { ...bare, PYTHONPATH };
  offerTorch();
  const { hostile, trap } = hostileDirectory();
  process.chdir(hostile);
  expect(askPython(hasPipScript, env)).toBe('yes');
  expect(askPython(torchDirectoryScript, env)).not.toContain('hostile');
  const root = await fetchLibtorch({ env, space: 1e6, onEvent: () => undefined });
  expect([existsSync(join(root, 'lib')), existsSync(trap)]).toEqual([true, false]);
});

test('packages of PYTHONPATH and of the user are found, as in any other Python', () => {
  const modules = join(directory, 'modules');
  write(join(modules, 'torch', '__init__.py'));
  const env = { PATH: process.env.PATH, HOME: directory };
  expect(askPython(torchDirectoryScript, { ...env, PYTHONPATH: modules })).toBe(join(modules, 'torch'));
  const userSite = askPython('import site; print(site.getusersitepackages())', env) ?? '';
  expect(userSite).toContain(directory);
  write(join(userSite, 'torch', '__init__.py'));
  // In a virtual environment Python itself leaves them out.
  const isEnabled = askPython('import site; print(site.ENABLE_USER_SITE)', env) === 'True';
  if (isEnabled) expect(askPython(torchDirectoryScript, env)).toBe(join(userSite, 'torch'));
  else expect(askPython(torchDirectoryScript, env)).not.toContain('hostile');
});

test('relative settings of pip mean what they mean elsewhere', async () => {
  const { env, offerTorch } = offersIn(directory);
  offerTorch();
  process.chdir(directory);
  const relative = { ...env, PIP_FIND_LINKS: './wheels' };
  const root = await fetchLibtorch({ env: relative, space: 1e6, onEvent: () => undefined });
  expect(existsSync(join(root, 'lib'))).toBe(true);
});

test('the search path begins with the standard library', () => {
  const { stdout } = spawnSync('python3', pythonArguments('print(sys.path[0])'), {
    encoding: 'utf8',
    env: pythonVariables({ PATH: process.env.PATH, PYTHONPATH: 'a::b' }) as NodeJS.ProcessEnv,
  });
  expect(stdout).toMatch(/^\/.*python3/);
});

describe('a wheel whose path has percent signs', () => {
  test('is fetched, and shown as the path is', async () => {
    const wheels = '100%cotton%zz%41';
    const { env, offerTorch } = offersIn(directory, wheels);
    const wheel = offerTorch();
    const events: FetchEvent[] = [];
    await fetchLibtorch({ env: env, space: 1e6, onEvent: (event) => events.push(event) });
    const offer = events.find(({ type }) => type === 'offer');
    expect(offer).toMatchObject({
      from: expect.stringContaining(wheels),
      file: 'torch-2.13.0-py3-none-any.whl',
    });
    let shown = '';
    const stream = { write: (text: string) => (shown += text) } as unknown as NodeJS.WritableStream;
    for (const event of events) reportFetch(stream)(event);
    expect(shown).toContain(` from ${join(wheel, '..')}\n`);
  });

  test.each([
    ['/a/100%/torch-2.13.0+cpu-x.whl', 'torch-2.13.0+cpu-x.whl'],
    ['/a/torch-2.13.0%2Bcpu-x.whl', 'torch-2.13.0%2Bcpu-x.whl'],
    ['https://example.org/100%25/torch-2.13.0%2Bcpu-x.whl', 'torch-2.13.0+cpu-x.whl'],
    ['https://example.org/100%/torch-2.13.0%zz.whl', 'torch-2.13.0%zz.whl'],
  ])('%s is the file %s', (from, file) => {
    expect(parseOffer(`Downloading ${from} (1.0 MB)`)).toEqual({ from, file, bytes: 1e6 });
  });
});
