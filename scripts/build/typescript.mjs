import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { writeEsm } from './esm.mjs';
import { Stamp } from './stamp.mjs';

const require = createRequire(import.meta.url);

/** The stamp of the compiled TypeScript. */
export function typescriptStamp(root) {
  const inputs = [
    'lib',
    'tsconfig.json',
    'package-lock.json',
    'scripts/build/typescript.mjs',
    'scripts/build/esm.mjs',
  ];
  return new Stamp(root, 'typescript', inputs, ['dist/index.js', 'dist/index.mjs', 'dist/cli/main.js']);
}

/** Compiles `lib` to `dist`, and removes what earlier sources left there. */
export function compileTypescript(root) {
  const dist = join(root, 'dist');
  const { status, stdout } = spawnSync(process.execPath, [tsc(), '-p', root, '--listEmittedFiles'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = stdout.split('\n');
  const emitted = lines
    .filter((line) => line.startsWith('TSFILE: '))
    .map((line) => resolve(line.slice(8).trim()));
  if (status !== 0) {
    process.stderr.write(lines.filter((line) => !line.startsWith('TSFILE: ')).join('\n'));
    throw new Error('The TypeScript sources did not compile.');
  }
  removeOthers(dist, new Set(emitted));
  writeEsm(dist);
}

/** Whether the development dependencies are installed. */
export function hasTypescript() {
  try {
    return existsSync(tsc());
  } catch {
    return false;
  }
}

const tsc = () => require.resolve('typescript/bin/tsc');

function removeOthers(directory, kept) {
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    if (entry.isFile() && !kept.has(path)) rmSync(path);
  }
}
