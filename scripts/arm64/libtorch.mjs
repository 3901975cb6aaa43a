import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { run } from '../process/run.mjs';
import { compiler, requireTools, symbolsOf } from './tools.mjs';

const require = createRequire(import.meta.url);
const { packageCache } = require('../../dist/files/cache.js');
const { isCuda, isLibtorch, minorOf, readVersion } = require('../../dist/libtorch/layout.js');
const { unpackWheels, wheelsIn } = require('../../dist/libtorch/unpack.js');
const { verifyWheels } = require('../../dist/libtorch/verify.js');

/** What pip calls the system and the Python that a wheel is wanted for; of the latter nothing is used. */
const wanted = ['--platform', 'manylinux_2_28_aarch64', '--python-version', '3.11'];

const caches = join(packageCache(), 'linux-arm64');

/** The libtorch for arm64 of a minor version that was fetched before, the directory that holds `lib/`; null when none was. */
export function cachedLibtorch(minor) {
  if (!existsSync(caches)) return null;
  const roots = readdirSync(caches).map((name) => join(caches, name));
  return roots.find((root) => isLibtorch(root) && minorOf(readVersion(root)) === minor) ?? null;
}

/**
 * Fetches it through pip into the user's cache directory. PyPI's wheels for arm64 are builds for CUDA; what is kept needs nothing
 * of NVIDIA's, see `withoutCuda`.
 * @returns {Promise<string>} the directory that holds `lib/` and `include/`
 * @throws Error with what pip or the compiler said
 */
export async function fetchLibtorch(minor) {
  requireTools(compiler);
  mkdirSync(caches, { recursive: true });
  const temporary = mkdtempSync(join(caches, '.fetching-'));
  try {
    process.stderr.write(`Fetching libtorch ${minor} for arm64 into ${caches}\n`);
    const torch = join(await download(minor, temporary), 'torch');
    if (isCuda(torch)) withoutCuda(torch);
    const root = join(caches, `libtorch-${readVersion(torch)}`);
    renameSync(torch, root);
    return root;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Downloads the wheel and unpacks it. @returns the directory that holds `torch/` */
async function download(minor, temporary) {
  const wheels = join(temporary, 'wheels');
  const args = ['-m', 'pip', 'download', `torch==${minor}.*`, '--no-deps', '--only-binary=:all:', ...wanted];
  run('python3', [...args, '-d', wheels], { env: { ...process.env, TMPDIR: temporary } });
  const options = { env: process.env, onNotice: (line) => process.stderr.write(`${line}\n`) };
  await verifyWheels(wheelsIn(wheels), options);
  const target = join(temporary, 'unpacked');
  const failed = await unpackWheels(wheelsIn(wheels), target, temporary, options);
  if (failed !== null) throw new Error(`libtorch could not be unpacked: ${failed}.`);
  return target;
}

/**
 * Makes a build for CUDA one for the CPU: `libtorch.so` then brings `libtorch_cpu.so` alone, and that of NVIDIA's libraries which
 * the latter asks for, though it calls them for profiles of GPUs only, is replaced by functions that fail.
 */
function withoutCuda(root) {
  const lib = join(root, 'lib');
  for (const name of readdirSync(lib).filter((name) => /cuda|nvshmem|nvrtc|libtorch_python/.test(name)))
    rmSync(join(lib, name));
  for (const [library, functions] of nvidiaFunctions(join(lib, 'libtorch_cpu.so'))) {
    const source = join(root, 'nvidia.c');
    const script = join(root, 'nvidia.map');
    writeFileSync(source, functions.map((name) => `int ${name}(void) { return 1; }\n`).join(''));
    writeFileSync(script, `${library} { global: *; };\n`);
    link(lib, library, ['-x', 'c', source, `-Wl,--version-script=${script}`]);
    for (const path of [source, script]) rmSync(path);
  }
  const beside = ['-Wl,-rpath,$ORIGIN', '-Wl,--no-as-needed', '-Wl,--allow-shlib-undefined'];
  link(lib, 'libtorch.so', [...beside, `-L${lib}`, '-ltorch_cpu', '-lc10']);
}

function link(lib, name, args) {
  run(compiler, ['-shared', '-nostdlib', '-fPIC', '-o', join(lib, name), `-Wl,-soname,${name}`, ...args]);
}

/** The functions that a library wants of NVIDIA's, by library: `libcupti.so.13` → `cuptiSubscribe` …. */
function nvidiaFunctions(path) {
  const found = new Map();
  const listed = run(symbolsOf, ['--dynamic', '--undefined-only', path]);
  for (const [, name, library] of listed.matchAll(/ U (\w+)@(libcu\w+\.so\.\d+)$/gm)) {
    if (!found.has(library)) found.set(library, []);
    found.get(library).push(name);
  }
  return found;
}
