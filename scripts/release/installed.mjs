import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Stamp } from '../build/stamp.mjs';
import { typescriptStamp } from '../build/typescript.mjs';
import { run } from '../process/run.mjs';
import { pack } from './pack.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { name, bin, files, dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** The tarball of what lies here, packed anew when that has changed: whoever needs it shares it. */
async function tarball() {
  if (!typescriptStamp(root).isFresh()) throw new Error('dist/ is not made of lib/. Run: npm run build');
  const directory = join(root, 'build', 'packed');
  const path = join(directory, `${name}.tgz`);
  const inputs = ['package.json', 'README.md', 'LICENSE', ...files.map((pattern) => pattern.split('/')[0])];
  const stamp = new Stamp(root, 'packed', inputs, [join('build', 'packed', `${name}.tgz`)]);
  mkdirSync(directory, { recursive: true });
  if (!stamp.isFresh()) await stamp.build(() => renameSync(pack(root, directory).path, path));
  return path;
}

/** Puts the binaries of this clone where a published package has its own. */
function addBinaries(installed) {
  const built = join(root, 'build', 'Release');
  const prebuilds = join(installed, 'prebuilds');
  const target = join(prebuilds, `${process.platform}-${process.arch}`);
  rmSync(prebuilds, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  for (const file of readdirSync(built)) {
    const published = file.endsWith('.node') ? `${name}.node` : file;
    if (/\.(node|so|dylib|dll)$/.test(file)) copyFileSync(join(built, file), join(target, published));
  }
}

/** Links the program to where npx looks for it. */
function addProgram(modules) {
  const programs = join(modules, '.bin');
  const program = join(modules, name, bin[name]);
  mkdirSync(programs);
  chmodSync(program, 0o755);
  symlinkSync(program, join(programs, name));
}

/**
 * Puts the package into `node_modules` of somebody else's, as npm does with the tarball, in a second and without a registry:
 * what it depends on are links to this clone's, and its binaries are copies of `build/Release`.
 * @param {string} directory the other package
 * @param {readonly string[]} others development dependencies of this clone that the other package has as well
 */
async function install(directory, others) {
  const modules = join(resolve(directory), 'node_modules');
  const installed = join(modules, name);
  mkdirSync(installed, { recursive: true });
  run('tar', ['-xzf', await tarball(), '-C', installed, '--strip-components=1']);
  addBinaries(installed);
  addProgram(modules);
  for (const dependency of [...Object.keys(dependencies), ...others]) {
    mkdirSync(dirname(join(modules, dependency)), { recursive: true });
    symlinkSync(join(root, 'node_modules', dependency), join(modules, dependency));
  }
}

/** `node scripts/release/installed.mjs DIRECTORY [DEPENDENCY…]` */
const [directory, ...others] = process.argv.slice(2);
await install(directory, others);
