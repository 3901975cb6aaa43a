/**
 * npm run prebuildify [-- --libtorch DIRECTORY … --fetch --arch arm64]: builds what a published package holds for this
 * platform, or from Linux for Linux on arm64, into `prebuilds/`: the loader, under a name that node-gyp-build finds, and
 * beside it a core library for each served minor version of libtorch. Each version has a build folder of its own, and
 * prebuildify works in one, too: it takes the addon away from where it was built, and `build/Release` is to be left alone.
 */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import prebuildify from 'prebuildify';
import { arm64 } from '../arm64/target.mjs';
import { compiler, requireTools } from '../arm64/tools.mjs';
import { interruption } from '../build/lock.mjs';
import { buildNative, trainingTargets } from '../build/native.mjs';
import { libtorchRoots } from './libtorch_roots.mjs';

const { sharedLibrary } = createRequire(import.meta.url)('../../dist/libtorch/layout.js');
const root = resolve(import.meta.dirname, '..', '..');
const { platform } = process;
const signal = interruption();

/** How it is built for this machine's architecture; `arm64` is the same of another one. */
const own = {
  arch: process.arch,
  folder: (minor) => join('build', 'prebuild', minor),
  definitions: ['CMAKE_COMPILE_WARNING_AS_ERROR=ON'],
  strip: 'strip',
};

/** @throws Error for an architecture that nothing here builds for */
function targetOf(arch) {
  if (arch === own.arch) return own;
  if (platform !== 'linux' || arch !== arm64.arch)
    throw new Error(
      `What is for ${arch} is built on ${arch}; only for Linux on arm64 a Linux of another one will do.`,
    );
  requireTools(compiler);
  return arm64;
}

/** Builds loader and core for one libtorch. @returns the build folder, relative to the root, and the core */
async function buildCore(minor, libtorch, target) {
  const folder = target.folder(minor);
  const what = `Building for libtorch ${minor}`;
  const { definitions } = target;
  await buildNative(root, libtorch, { what, targets: trainingTargets, folder, definitions, signal });
  return { folder, library: join(root, folder, 'Release', sharedLibrary(`dcgan_core-torch${minor}`)) };
}

/** An empty folder in which prebuildify finds the cores where it looks for libraries that go with an addon. */
function stage(cores) {
  const folder = join(root, 'build', 'prebuild', 'stage');
  const release = join(folder, 'build', 'Release');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(release, { recursive: true });
  for (const { library } of cores) copyFileSync(library, join(release, basename(library)));
  return folder;
}

try {
  const options = {
    libtorch: { type: 'string', multiple: true, default: [] },
    fetch: { type: 'boolean' },
    arch: { type: 'string', default: process.arch },
  };
  const { values } = parseArgs({ options });
  const target = targetOf(values.arch);
  const { arch, source, strip } = target;
  const roots = await libtorchRoots(values.libtorch, { headers: true, fetch: values.fetch, source });
  const cores = [];
  for (const [minor, libtorch] of roots) cores.push(await buildCore(minor, libtorch, target));

  // Nothing is taken away before all is built.
  const prebuilds = join(root, 'prebuilds', `${platform}-${arch}`);
  rmSync(prebuilds, { recursive: true, force: true });
  // The loader holds no libtorch: that of any build folder serves all.
  process.env.DCGAN_BUILD_FOLDER = cores[0].folder;
  await promisify(prebuildify)({
    name: JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).name,
    cwd: stage(cores),
    out: root,
    arch,
    napi: true,
    strip: true,
    stripBin: strip,
    // node-gyp-build reads tags between dots: `glibc` keeps it from Alpine.
    tagLibc: platform === 'linux',
    nodeGyp: join(import.meta.dirname, 'prebuildify-build.mjs'),
  });
  for (const name of readdirSync(prebuilds)) {
    process.stderr.write(`${name}  ${(statSync(join(prebuilds, name)).size / 1e6).toFixed(2)} MB\n`);
  }
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode ||= 1;
}
