/**
 * Builds what is out of date: JavaScript and types from lib/, then the native part with cmake-js for one libtorch.
 * When nothing changed it does nothing, quickly: npm runs `prepare`, and so this, more often than one would think.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);

/** A digest of the names, sizes and times of files and folders: changes when any is edited, added or removed. */
function fingerprint(paths, extra = '') {
  const hash = createHash('sha256').update(extra);
  const visit = (path) => {
    const found = statSync(path);
    if (found.isDirectory()) for (const name of readdirSync(path).sort()) visit(join(path, name));
    else hash.update(`${path} ${found.size} ${found.mtimeMs}\n`);
  };
  for (const path of paths) visit(join(root, path));
  return hash.digest('hex');
}

/** Runs `build` unless the stamp says that it ran for the same inputs. The stamp is written last. */
function whenChanged(stamp, inputs, outputs, build) {
  const current = existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs;
  if (current && outputs.every((path) => existsSync(join(root, path)))) return;
  build();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, inputs);
}

const run = (program, args) =>
  execFileSync(process.execPath, [require.resolve(program), ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });

/** tsc, then the thin ES module beside its CommonJS. */
export function buildTypeScript() {
  const inputs = fingerprint(['lib', 'tsconfig.json', 'scripts/build.mjs', 'scripts/esm.mjs']);
  whenChanged(join(root, 'dist', '.stamp'), inputs, ['dist/index.js', 'dist/index.mjs'], () => {
    run('typescript/bin/tsc', ['-p', root]);
    execFileSync(process.execPath, [join(root, 'scripts', 'esm.mjs')], { stdio: 'inherit' });
  });
}

/** The loader, the core for `libtorch`'s minor version, and the native tests. */
export function buildNative(libtorch) {
  const inputs = fingerprint(['native', 'test/native/core', 'CMakeLists.txt', 'scripts/build.mjs'], libtorch);
  const outputs = ['build/Release/dcgan_native.node', 'build/dcgan_core_tests'];
  whenChanged(join(root, 'build', '.stamp'), inputs, outputs, () => {
    const jobs = String(availableParallelism());
    run('cmake-js/bin/cmake-js', ['build', `--CDDCGAN_LIBTORCH=${libtorch}`, '--parallel', jobs]);
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  buildTypeScript();
  const { findLibtorch } = require('../dist/libtorch/find.js');
  buildNative(findLibtorch().root);
}
