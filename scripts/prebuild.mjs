/**
 * npm run prebuildify [-- --libtorch DIRECTORY … --fetch]: builds what a published package holds for this platform into
 * `prebuilds/`: the loader, under a name that node-gyp-build finds, and beside it a core library for each served minor
 * version of libtorch. Each version has a build folder of its own; `build/Release` is left alone.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { libtorchRoots } from './libtorch_roots.mjs';
import { cmakeJs, compilerJobs } from './native.mjs';

const { sharedLibrary } = createRequire(import.meta.url)('../dist/libtorch/layout.js');
const root = resolve(import.meta.dirname, '..');
const { platform, arch } = process;

/** node-gyp-build reads tags between dots: `glibc` keeps it from Alpine. */
const loaderName = `dcgan-native${platform === 'linux' ? '.glibc' : ''}.node`;

/** Builds the loader and the core for one libtorch. @returns the directory that holds both */
async function build(minor, libtorch) {
  const folder = join('build', 'prebuild', minor);
  const out = ['--out', folder];
  const strict = '--CDCMAKE_COMPILE_WARNING_AS_ERROR=ON';
  await cmakeJs(root, ['configure', ...out, `--CDDCGAN_LIBTORCH=${libtorch}`, strict]);
  for (const target of ['dcgan_native', 'dcgan_core']) {
    await cmakeJs(root, ['build', ...out, '--target', target, '--parallel', String(compilerJobs())]);
  }
  return join(root, folder, 'Release');
}

function install(from, to) {
  copyFileSync(from, to);
  // Symbols that nothing links to. MSVC keeps them in files of their own.
  const flag = platform === 'darwin' ? '-x' : '--strip-unneeded';
  if (platform !== 'win32' && spawnSync('strip', [flag, to], { stdio: 'inherit' }).status !== 0) {
    throw new Error(`${to} could not be stripped. Install binutils.`);
  }
  process.stderr.write(`${to.slice(root.length + 1)}  ${(statSync(to).size / 1e6).toFixed(2)} MB\n`);
}

try {
  const options = { libtorch: { type: 'string', multiple: true, default: [] }, fetch: { type: 'boolean' } };
  const { values } = parseArgs({ options });
  const roots = await libtorchRoots(values.libtorch, { headers: true, fetch: values.fetch });
  const built = [];
  for (const [minor, libtorch] of roots) built.push([minor, await build(minor, libtorch)]);

  // Nothing is taken away before all is built.
  const prebuilds = join(root, 'prebuilds', `${platform}-${arch}`);
  rmSync(prebuilds, { recursive: true, force: true });
  mkdirSync(prebuilds, { recursive: true });
  // The loader holds no libtorch: one serves all.
  install(join(built[0][1], 'dcgan_native.node'), join(prebuilds, loaderName));
  for (const [minor, directory] of built) {
    const core = sharedLibrary(`dcgan_core-torch${minor}`);
    install(join(directory, core), join(prebuilds, core));
  }
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
