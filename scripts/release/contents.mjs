import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isCore } from './cores.mjs';
import { pack } from './pack.mjs';

const list = (root) => join(root, 'scripts', 'release', 'contents.txt');

const isPrebuilt = (path) => path.startsWith('prebuilds/');

/**
 * How the files of a tarball differ from the committed list, one sentence each. The list names no core library: which there
 * must be follows from the versions that are served, see cores.mjs.
 * @param {readonly string[]} files
 * @param {{ prebuilds?: boolean }} compared `prebuilds: false` leaves the binaries out: a clone has its own platform's, or
 *   none
 */
export function contentProblems(root, files, { prebuilds = true } = {}) {
  const isCompared = (path) => !isCore(path) && (prebuilds || !isPrebuilt(path));
  const wanted = readFileSync(list(root), 'utf8').trim().split('\n').filter(isCompared);
  return [
    ...wanted.filter((path) => !files.includes(path)).map((path) => `${path} is missing in the tarball.`),
    ...files
      .filter((path) => isCompared(path) && !wanted.includes(path))
      .map((path) => `${path} is not in the list.`),
  ];
}

/**
 * `node scripts/release/contents.mjs` compares all but the binaries; `--update` writes the list anew, with the binaries of
 * this platform where they were built.
 */
function main(args) {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const { files } = pack(root);
  if (args.includes('--update')) {
    const others = readFileSync(list(root), 'utf8').split('\n').filter(isPrebuilt);
    const listed = new Set([...files, ...others].filter((path) => !isCore(path)));
    writeFileSync(list(root), `${[...listed].sort().join('\n')}\n`);
    return;
  }
  const problems = contentProblems(root, files, { prebuilds: false });
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  if (problems.length === 0) return;
  process.stderr.write('If that is meant, run: npm run build && npm run release:contents\n');
  process.exitCode = 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.slice(2));
