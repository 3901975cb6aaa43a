/**
 * npm run build:tests: builds the programs that test the core, which training does not need: `test/native/core.test.ts` runs
 * this. When nothing has changed it only looks.
 */
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { buildAlone } from './lock.mjs';
import { buildNative, coreTestsStamp, testTargets } from './native.mjs';

const root = resolve(import.meta.dirname, '..', '..');
const stamp = coreTestsStamp(root);

async function build(signal) {
  if (stamp.isFresh()) return;
  const { findLibtorch } = createRequire(import.meta.url)('../../dist/libtorch/find.js');
  const job = { what: "Building the core's tests", targets: testTargets, signal };
  await stamp.build(() => buildNative(root, findLibtorch().root, job));
}

try {
  await buildAlone(root, build);
} catch (error) {
  process.stderr.write(`The core's tests cannot be built:\n  ${error.message}\n`);
  process.exitCode ||= 1;
}
