import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

import ts = require('typescript');

/** The words that every room may use. */
const words = ['errors', 'version', 'options', 'presets'];

/** The rooms of `lib/`, from the ground up, and which others each of them may use. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  version: [],
  options: [],
  presets: [],
  files: [],
  process: ['files'],
  network: [],
  image: ['files', 'network'],
  terminal: ['image'],
  data: ['files', 'network', 'image'],
  libtorch: ['files', 'process', 'terminal'],
  native: ['libtorch', 'files', 'network', 'process'],
  checkpoint: ['files', 'network'],
  run: ['files', 'checkpoint'],
  plot: ['files', 'image', 'run'],
  film: ['files', 'network', 'image', 'run', 'plot'],
  tensorboard: ['files'],
  interop: ['files', 'network', 'checkpoint'],
  evaluation: ['files', 'image', 'data', 'native', 'network', 'checkpoint'],
  latent: ['files', 'image', 'data', 'native', 'network', 'checkpoint', 'evaluation'],
  generation: [
    'files',
    'image',
    'data',
    'native',
    'network',
    'checkpoint',
    'run',
    'interop',
    'evaluation',
    'latent',
  ],
  parallel: ['native'],
  training: [
    'files',
    'image',
    'data',
    'native',
    'network',
    'checkpoint',
    'run',
    'tensorboard',
    'interop',
    'evaluation',
    'generation',
    'parallel',
  ],
  dashboard: ['files', 'image', 'native', 'network', 'run', 'film', 'latent', 'generation'],
  doctor: ['files', 'image', 'libtorch', 'native', 'process'],
  index: [
    'checkpoint',
    'image',
    'data',
    'network',
    'interop',
    'evaluation',
    'latent',
    'generation',
    'training',
    'run',
    'plot',
    'film',
    'dashboard',
  ],
  cli: [
    'files',
    'process',
    'terminal',
    'image',
    'data',
    'libtorch',
    'native',
    'network',
    'checkpoint',
    'run',
    'plot',
    'film',
    'interop',
    'evaluation',
    'latent',
    'generation',
    'parallel',
    'training',
    'dashboard',
    'doctor',
    'index',
  ],
};

const library = resolve('lib');
const order = Object.keys(rooms);

/** `training/fit.ts` → `training`, `errors.ts` → `errors`. */
const roomOf = (path: string): string => relative(library, path).split(/[/.]/)[0]!;

/** Each import of one room from another: `training/fit.ts imports run/run.js`. */
const imports = readdirSync(library, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .flatMap((name) => {
    const { importedFiles } = ts.preProcessFile(readFileSync(join(library, name), 'utf8'));
    return importedFiles
      .filter(({ fileName }) => fileName.startsWith('.'))
      .map(({ fileName }) => ({ name, imported: relative(library, join(library, name, '..', fileName)) }));
  })
  .map(({ name, imported }) => ({
    from: roomOf(join(library, name)),
    to: roomOf(join(library, imported)),
    said: `${name} imports ${imported}`,
  }))
  .filter(({ from, to }) => from !== to);

describe('the rooms of lib', () => {
  test('are those of the table', () => {
    const found = readdirSync(library).map((name) => roomOf(join(library, name)));
    expect(found.sort()).toEqual([...order].sort());
  });

  test('lie above those that they use, so that there is no circle', () => {
    const wrong = order.flatMap((room, i) => {
      return [...rooms[room]!].filter((used) => order.indexOf(used) >= i).map((used) => `${room} → ${used}`);
    });
    expect(wrong).toEqual([]);
  });

  test('import from no other room than the table says', () => {
    const mayUse = (from: string, to: string) =>
      rooms[from]!.includes(to) || (words.includes(to) && order.indexOf(to) < order.indexOf(from));
    expect(imports.filter(({ from, to }) => !mayUse(from, to)).map(({ said }) => said)).toEqual([]);
  });
});
