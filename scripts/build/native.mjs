import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { reportBuild } from './progress.mjs';
import { Stamp } from './stamp.mjs';

const require = createRequire(import.meta.url);

/** What compiling one file of libtorch C++ takes at its height, in bytes. */
const memoryOfACompiler = 2e9;

/** Sources of the addon and its core; the libtorch is not among them: see `nativeStamp`. */
const sources = [
  'CMakeLists.txt',
  'native',
  'lib/libtorch/layout.ts',
  'package-lock.json',
  'scripts/build/native.mjs',
];

/** What training needs, as CMake calls it: the loader and the core. */
export const trainingTargets = ['dcgan_native', 'dcgan_core'];

/** All programs that test the core. */
export const testTargets = ['dcgan_tests'];

/**
 * The stamp of the addon and its core library. It does not name the libtorch: a core serves every libtorch of its minor
 * version, and that one is pinned in the sources.
 */
export function nativeStamp(root) {
  return new Stamp(root, 'native', sources, ['build/Release/dcgan_native.node']);
}

/** The stamp of the programs that test the core. */
export function coreTestsStamp(root) {
  return new Stamp(root, 'core_tests', [...sources, 'test/native/core'], ['build/dcgan_core_tests']);
}

/**
 * Configures a build folder for a libtorch and builds targets in it; only what changed is compiled again.
 * @param {string} root of this package
 * @param {string} libtorch directory with `lib/` and `include/`
 * @param {{ what: string, targets: readonly string[], folder?: string, definitions?: readonly string[],
 *   signal?: AbortSignal }} job `what`: is built, for people; `folder`: relative to `root`; `definitions`: more of CMake's,
 *   such as `DCGAN_CUDA=ON`
 * @throws Error when it fails, after what the compiler said; the signal's reason
 */
export async function buildNative(
  root,
  libtorch,
  { what, targets, folder = 'build', definitions = [], signal },
) {
  if (isForeign(join(root, folder, 'CMakeCache.txt'), root)) {
    rmSync(join(root, folder, 'CMakeCache.txt'));
    rmSync(join(root, folder, 'CMakeFiles'), { recursive: true, force: true });
  }
  const run = (command, ...args) =>
    cmakeJs(root, [command, '--out', folder, '--config', 'Release', ...args], { what, signal });
  const defined = [`DCGAN_LIBTORCH=${libtorch}`, ...definitions].map((definition) => `--CD${definition}`);
  // `build` alone would keep the libtorch of the last configuration.
  await run('configure', ...defined);
  // cmake-js takes one target, CMake several: what follows `--` is passed on.
  await run('build', '--parallel', String(compilerJobs()), '--', '--target', ...targets);
}

/** How many compilers may run at once. */
function compilerJobs() {
  return Math.max(1, Math.min(availableParallelism(), Math.floor(totalmem() / memoryOfACompiler)));
}

/** Runs cmake-js in `root`, and stops it with all its compilers when `signal` aborts. What it says is kept for failures. */
async function cmakeJs(root, args, { what, signal }) {
  signal?.throwIfAborted();
  const program = require.resolve('cmake-js/bin/cmake-js');
  const child = spawn(process.execPath, [program, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  // Standard output is kept clean: `npm pack --json` runs this, too.
  const report = reportBuild(what, process.stderr);
  const said = [];
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on('line', (line) => {
      said.push(line);
      report.read(line);
    });
  }
  const stop = () => process.kill(-child.pid);
  signal?.addEventListener('abort', stop, { once: true });
  const [status] = await once(child, 'close');
  signal?.removeEventListener('abort', stop);
  report.end();
  signal?.throwIfAborted();
  const failed = status !== 0;
  if (failed || said.some((line) => /\bwarning\b/i.test(line))) process.stderr.write(`${said.join('\n')}\n`);
  if (failed) throw new Error(`${what} failed; what the compiler said is above.`);
}

/** Whether the build directory came here from another place: CMake refuses to go on in it. */
function isForeign(cache, root) {
  return (
    existsSync(cache) && !readFileSync(cache, 'utf8').includes(`CMAKE_HOME_DIRECTORY:INTERNAL=${root}\n`)
  );
}
