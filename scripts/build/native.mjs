import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { Stamp } from './stamp.mjs';

const require = createRequire(import.meta.url);

/** What compiling one file of libtorch C++ takes at its height, in bytes. */
const memoryOfACompiler = 2e9;

/** How many compilers may run at once. */
export function compilerJobs() {
  return Math.max(1, Math.min(availableParallelism(), Math.floor(totalmem() / memoryOfACompiler)));
}

/**
 * The stamp of the addon and its core library. It does not name the libtorch: a core serves every libtorch of its minor
 * version, and that one is pinned in the sources.
 */
export function nativeStamp(root) {
  const inputs = [
    'CMakeLists.txt',
    'native',
    'test/native/core',
    'lib/libtorch/layout.ts',
    'package-lock.json',
    'scripts/build/native.mjs',
  ];
  return new Stamp(root, 'native', inputs, ['build/Release/dcgan_native.node']);
}

/** Configures and builds `build/Release` with cmake-js; only what changed is compiled again. */
export async function buildNative(root, libtorch, signal) {
  if (isForeign(join(root, 'build', 'CMakeCache.txt'), root)) {
    rmSync(join(root, 'build', 'CMakeCache.txt'));
    rmSync(join(root, 'build', 'CMakeFiles'), { recursive: true, force: true });
  }
  // `build` alone would keep the libtorch of the last configuration.
  await cmakeJs(root, ['configure', `--CDDCGAN_LIBTORCH=${libtorch}`], signal);
  await cmakeJs(root, ['build', '--parallel', String(compilerJobs())], signal);
}

/** Runs cmake-js in `root`, and stops it with all its compilers when `signal` aborts. @throws Error when it fails */
export async function cmakeJs(root, args, signal) {
  signal?.throwIfAborted();
  const program = require.resolve('cmake-js/bin/cmake-js');
  const child = spawn(process.execPath, [program, ...args, '--config', 'Release'], {
    cwd: root,
    // Standard output is kept clean: `npm pack --json` runs this, too.
    stdio: ['ignore', process.stderr, 'inherit'],
    detached: true,
  });
  const stop = () => process.kill(-child.pid);
  signal?.addEventListener('abort', stop, { once: true });
  const [status] = await once(child, 'close');
  signal?.removeEventListener('abort', stop);
  signal?.throwIfAborted();
  if (status !== 0) throw new Error('The native addon did not build; what the compiler said is above.');
}

/** Whether the build directory came here from another place: CMake refuses to go on in it. */
function isForeign(cache, root) {
  return (
    existsSync(cache) && !readFileSync(cache, 'utf8').includes(`CMAKE_HOME_DIRECTORY:INTERNAL=${root}\n`)
  );
}
