/**
 * Builds the package in a clone: checks what it needs, compiles the TypeScript, fetches libtorch, builds the addon. The
 * programs that test the core are not among it: scripts/build/tests.mjs.
 * npm runs it after `npm ci`, and npx runs it once more before the first use: then all is built, and it only looks.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildAlone } from './build/lock.mjs';
import { buildNative, nativeStamp, trainingTargets } from './build/native.mjs';
import { buildProblems } from './build/requirements.mjs';
import { compileTypescript, hasTypescript, typescriptStamp } from './build/typescript.mjs';

// import.meta.dirname is missing in the versions of Node.js that are too old, which is for us to say.
const root = resolve(fileURLToPath(import.meta.url), '..', '..');
const typescript = typescriptStamp(root);
const native = nativeStamp(root);
const byNpx = process.env.npm_command === 'exec';

const isBuilt = () => typescript.isFresh() && native.isFresh();

function refuse(problems) {
  if (problems.length > 0) throw new Error(problems.join('\n  '));
}

async function prepare(signal) {
  const problems = native.isFresh() ? [] : buildProblems(root);
  if (!hasTypescript()) problems.push('The development dependencies are not installed. Run: npm ci');
  // Without the compiler of TypeScript there is nobody to ask for libtorch.
  if (!hasTypescript()) refuse(problems);
  if (!typescript.isFresh()) await typescript.build(() => compileTypescript(root));
  const libtorch = findLibtorch(problems);
  refuse(problems);
  const found = libtorch ?? (await compiled().fetchLibtorch({ signal }));
  const job = { what: 'Building the native addon', targets: trainingTargets, signal };
  if (!native.isFresh()) await native.build(() => buildNative(root, found, job));
}

/** The libtorch that is there, or null when it is to be fetched; adds to `problems` what stands in the way. */
function findLibtorch(problems) {
  const { findLibtorch, fetchProblems } = compiled();
  const named = process.env.DCGAN_LIBTORCH;
  try {
    const { root } = findLibtorch();
    // Once the addon is built, one that only runs is enough.
    if (native.isFresh() || existsSync(join(root, 'include', 'torch'))) return root;
    if (named)
      problems.push(`DCGAN_LIBTORCH is ${root}, which lacks the headers (include/) that the build needs.`);
  } catch (error) {
    if (named) problems.push(error.message);
  }
  if (!named) problems.push(...fetchProblems());
  return null;
}

function compiled() {
  const require = createRequire(import.meta.url);
  const directory = join(root, 'dist', 'libtorch');
  return { ...require(join(directory, 'find.js')), ...require(join(directory, 'fetch.js')) };
}

try {
  // npx is about to run the program, which says in its own words what it lacks.
  if (!(byNpx && isBuilt())) await buildAlone(root, prepare);
} catch (error) {
  process.stderr.write(`dcgan-native cannot be built:\n  ${error.message}\n`);
  // Were this a failure, npx would fail from then on, until somebody clears its cache.
  if (!byNpx) process.exitCode ||= 1;
}
