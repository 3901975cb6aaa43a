import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pack } from './pack.mjs';

// Printable text that begins with a slash, has a second one, and follows what is not part of a longer path.
const absolutePath = /(?<![\w.>@})*-])\/[\w.+@-]+(?:\/[\w.+@-]+)+/g;

/** What the kernel, a shell and the dynamic linker provide anywhere. */
const everywhere = /^\/(?:dev|proc|sys|usr\/bin|lib64)\//;

/** Absolute paths in a binary, as `strings` would show them. */
function pathsInBinary(path) {
  const found = readFileSync(path, 'latin1').match(absolutePath) ?? [];
  return [...new Set(found)].filter((place) => !everywhere.test(place));
}

/** Which of this machine's directories a text names: the checkout, the home directory. */
function placesInText(root, path) {
  const text = readFileSync(path, 'latin1');
  return [root.replace(/\/$/, ''), homedir()].filter((place) => text.includes(`${place}/`));
}

/**
 * What the files hold of this machine, one sentence each: in a binary any absolute path, in a text the directories that it
 * was made in.
 * @param {readonly string[]} files relative to `root`, or absolute
 */
export function pathProblems(root, files) {
  return files.flatMap((file) => {
    const path = resolve(root, file);
    const found = /\.(node|so|dylib|dll)$/.test(file) ? pathsInBinary(path) : placesInText(root, path);
    return found.map((place) => `${file} holds the path ${place}`);
  });
}

/** `node scripts/release/paths.mjs [FILE…]` looks at these, or at all that would be packed, and fails for any path. */
function main(files) {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const problems = pathProblems(root, files.length > 0 ? files : pack(root).files);
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  if (problems.length > 0) process.exitCode = 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.slice(2));
