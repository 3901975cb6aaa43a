/**
 * npm run build:cuda [-- --libtorch DIRECTORY]: builds the plug-in that captures training steps as CUDA graphs, and a core
 * for the same libtorch, into `build/Release` beside the loader. It needs a CUDA build of a served libtorch with its headers
 * (named so, by DCGAN_LIBTORCH, or the torch of python3) and the headers of CUDA, but no GPU.
 */
import { copyFileSync, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { interruption } from './build/lock.mjs';
import { buildNative } from './build/native.mjs';
import { servedMinors } from './release/libtorch_roots.mjs';

const root = resolve(import.meta.dirname, '..');
const { findLibtorch } = createRequire(import.meta.url)('../dist/libtorch/find.js');
const { minorOf, sharedLibrary } = createRequire(import.meta.url)('../dist/libtorch/layout.js');

/** The CUDA build of libtorch to build with. @throws Error when there is none, or it is a CPU build */
function cudaLibtorch(named) {
  const env = named ? { ...process.env, DCGAN_LIBTORCH: named } : process.env;
  const libtorch = findLibtorch({ env, served: servedMinors });
  const missing = [
    join('lib', sharedLibrary('torch_cuda')),
    join('include', 'ATen', 'cuda', 'CUDAGraph.h'),
  ].find((path) => !existsSync(join(libtorch.root, path)));
  if (missing === undefined) return libtorch;
  throw new Error(
    `${libtorch.root} (libtorch ${libtorch.version}) is no CUDA build: it lacks ${missing}. Name one with --libtorch ` +
      'DIRECTORY or DCGAN_LIBTORCH: the torch/ directory of a CUDA wheel, for one.',
  );
}

try {
  const { values } = parseArgs({ options: { libtorch: { type: 'string' } } });
  const libtorch = cudaLibtorch(values.libtorch);
  const minor = minorOf(libtorch.version);
  const folder = join('build', 'cuda', minor);
  const targets = ['dcgan_core', 'dcgan_cuda'];
  const what = `Building the core and the plug-in for libtorch ${minor}`;
  const definitions = ['DCGAN_CUDA=ON'];
  await buildNative(root, libtorch.root, { what, targets, folder, definitions, signal: interruption() });
  for (const target of targets) {
    const library = sharedLibrary(`${target}-torch${minor}`);
    copyFileSync(join(root, folder, 'Release', library), join(root, 'build', 'Release', library));
    process.stderr.write(`build/Release/${library}\n`);
  }
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode ||= 1;
}
