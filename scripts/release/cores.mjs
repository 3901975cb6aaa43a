import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { servedMinors } from './libtorch_roots.mjs';

const coreName = /dcgan_core-torch(\d+\.\d+)\.(?:so|dylib|dll)$/;

/** Whether a path is that of a core library. */
export const isCore = (path) => coreName.test(path);

/**
 * What is wrong with the prebuilt binaries of one platform, one sentence each: each served version of libtorch needs a
 * core library that was built against its headers, and one loader finds them.
 * @param {readonly string[]} paths all files in that platform's directory
 */
export function coreProblems(paths) {
  const problems = [];
  const loaders = paths.filter((path) => path.endsWith('.node'));
  if (loaders.length !== 1) problems.push(`There are ${loaders.length} loaders (*.node); one is wanted.`);
  const cores = new Map(paths.flatMap((path) => (isCore(path) ? [[coreName.exec(path)[1], path]] : [])));
  for (const minor of servedMinors) {
    if (!cores.has(minor)) problems.push(`There is no core library for libtorch ${minor}.`);
  }
  for (const [minor, path] of cores) {
    if (!servedMinors.includes(minor))
      problems.push(`libtorch ${minor} is not served, but ${basename(path)} is there.`);
    const built = builtAgainst(path);
    if (!built.includes(minor))
      problems.push(`${basename(path)} was built against libtorch ${built.join(', ')}.`);
  }
  return problems;
}

/** The minor versions that a core names: the constant TORCH_VERSION, which it answers `torchVersion()` with. */
function builtAgainst(path) {
  const found = readFileSync(path, 'latin1').matchAll(/\0(\d\.\d+)\.\d+\0/g);
  return [...new Set([...found].map(([, minor]) => minor))];
}
