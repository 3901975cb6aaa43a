import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The families of symbol versions that decide on which Linux a binary starts. */
const families = ['GLIBC', 'GLIBCXX', 'CXXABI'];

/**
 * The highest version of each family that a Linux binary asks for.
 * @param {string} path
 * @returns {Record<string, string>} `{ GLIBC: '2.14', … }`; a family that it does not ask for is left out
 */
export function versionsNeeded(path) {
  const headers = execFileSync('objdump', ['-p', path], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  // "required from" sections list what is asked for; what the file itself defines stands above them.
  const [, references = ''] = headers.split('Version References:');
  const needed = {};
  for (const [, family, version] of references.matchAll(/\b([A-Z]+)_(\d[\d.]*)/g)) {
    if (families.includes(family) && compare(version, needed[family] ?? '0') > 0) needed[family] = version;
  }
  return needed;
}

/** The floor that docs/packaging.md promises: `{ GLIBC: '2.28', … }`. */
export function promisedFloor(root) {
  const text = readFileSync(`${root}/docs/packaging.md`, 'utf8');
  const rows = text.matchAll(/^\| `([A-Z]+)` \| ([\d.]+) \|/gm);
  return Object.fromEntries([...rows].map(([, family, version]) => [family, version]));
}

/** What a binary asks for beyond the floor, one sentence each. */
export function aboveFloor(path, floor) {
  return Object.entries(versionsNeeded(path))
    .filter(([family, version]) => compare(version, floor[family] ?? '0') > 0)
    .map(
      ([family, version]) => `${basename(path)} needs ${family}_${version}; the floor is ${floor[family]}.`,
    );
}

/** Orders versions by their numbers: 2.4 before 2.14. */
export function compare(a, b) {
  return a.localeCompare(b, 'en', { numeric: true });
}

/** `node scripts/release/floor.mjs FILE…` prints a table, and fails when a file is above the floor. */
function main(files) {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const floor = promisedFloor(root);
  const rows = [...files.map((file) => [basename(file), versionsNeeded(file)]), ['the floor', floor]];
  const width = Math.max(...rows.map(([name]) => name.length));
  for (const [name, versions] of rows) {
    const cells = families.map((family) => `${family} ${versions[family] ?? '-'}`.padEnd(16));
    process.stdout.write(`${name.padEnd(width)}  ${cells.join('')}\n`);
  }
  const problems = files.flatMap((file) => aboveFloor(file, floor));
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  if (problems.length > 0) process.exitCode = 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.slice(2));
