/** npm's `prepare`, in a checkout: checks what is needed, fetches libtorch once, builds what is out of date. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { buildNative, buildTypeScript } from './build.mjs';
import { buildProblems } from './requirements.mjs';

const require = createRequire(import.meta.url);

function fail(problems) {
  for (const problem of problems) process.stderr.write(`error: ERR_SETUP: ${problem}\n`);
  process.exit(1);
}

/** The libtorch to build against: one that is there with its headers, else fetched. */
async function libtorchRoot() {
  const { findLibtorch } = require('../dist/libtorch/find.js');
  const { fetchLibtorch } = require('../dist/libtorch/fetch.js');
  try {
    const { root, source } = findLibtorch();
    if (source !== 'python' && existsSync(`${root}/include/torch/headeronly/version.h`)) return root;
  } catch (error) {
    if (process.env.DCGAN_LIBTORCH) throw error;
  }
  return fetchLibtorch();
}

const built = existsSync(new URL('../build/.stamp', import.meta.url));
const problems = built ? [] : buildProblems();
try {
  buildTypeScript();
  if (!built && !process.env.DCGAN_LIBTORCH) {
    const { fetchObstacles } = require('../dist/libtorch/fetch.js');
    const { cachedRoot, versionOf } = require('../dist/libtorch/find.js');
    if (versionOf(cachedRoot()) === null) problems.push(...(await fetchObstacles()));
  }
  if (problems.length > 0) fail(problems);
  buildNative(await libtorchRoot());
} catch (error) {
  fail([
    error.code?.startsWith('ERR_') ? error.message : `The build failed: ${error.message.split('\n')[0]}.`,
  ]);
}
