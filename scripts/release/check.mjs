/**
 * npm run release:check: whether what lies here can be published. Packs it, looks at what was packed, and writes the bill
 * of materials to `build/release/`. Builds nothing: `npm run build` and `npm run prebuildify` come first. The last line is
 * `N passed, N failed`.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { contentProblems } from './contents.mjs';
import { coreProblems } from './cores.mjs';
import { aboveFloor, promisedFloor } from './floor.mjs';
import { billOfMaterials, licenceProblems } from './licences.mjs';
import { linkProblems } from './links.mjs';
import { pack } from './pack.mjs';
import { pathProblems } from './paths.mjs';

/** Bytes. */
const largestTarball = 8e6;

const root = resolve(import.meta.dirname, '..', '..');
const target = join(root, 'build', 'release');
mkdirSync(target, { recursive: true });
const tarball = pack(root, target);
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Each check gives the sentences that stand in the way of a release. */
const checks = {
  'the working tree is clean': () =>
    lines(execFileSync('git', ['status', '--porcelain'], { cwd: root, encoding: 'utf8' })),
  'the changelog has this version': changelogProblems,
  'the lock file is of this version': () => {
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
    return lock.version === version ? [] : [`It is of ${lock.version}. Run: npm install --package-lock-only`];
  },
  'the tarball holds what the list says': () => contentProblems(root, tarball.files),
  [`the tarball is smaller than ${largestTarball / 1e6} MB`]: () =>
    tarball.bytes < largestTarball ? [] : [`It has ${tarball.bytes / 1e6} MB.`],
  'each platform has a loader and all cores': () =>
    platforms().flatMap((directory) => coreProblems(filesIn(directory))),
  'the Linux binaries keep to the floor': () =>
    platforms()
      .filter((directory) => directory.includes('linux'))
      .flatMap(filesIn)
      .flatMap((path) => aboveFloor(path, promisedFloor(root))),
  'no file names a path of this machine': () => pathProblems(root, tarball.files),
  'no link leads to nothing': () => linkProblems(root, tarball.files),
  'THIRD_PARTY.md names all that is used': () => licenceProblems(root),
  'publint has no complaint': () => run('publint', ['run', tarball.path, '--strict']),
  'the types resolve everywhere': () => run('attw', [tarball.path]),
};

function changelogProblems() {
  const heading = new RegExp(`^## ${version.replaceAll('.', '\\.')} .*$`, 'm');
  const [line] = heading.exec(readFileSync(join(root, 'CHANGELOG.md'), 'utf8')) ?? [];
  if (line === undefined) return [`CHANGELOG.md has no section ${version}.`];
  return /\(\d{4}-\d\d-\d\d\)$/.test(line)
    ? []
    : [`Its heading '${line}' has no date: ## ${version} (YYYY-MM-DD)`];
}

function platforms() {
  const prebuilds = join(root, 'prebuilds');
  if (!existsSync(prebuilds)) throw new Error('There are no prebuilds. Run: npm run prebuildify');
  return readdirSync(prebuilds).map((name) => join(prebuilds, name));
}

const filesIn = (directory) => readdirSync(directory).map((name) => join(directory, name));
const lines = (text) => text.split('\n').filter((line) => line.trim() !== '');

/** Runs a development dependency's program; what it says when it fails. */
function run(name, args) {
  const program = join(root, 'node_modules', '.bin', name);
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  return status === 0 ? [] : lines(error ? error.message : `${stdout}${stderr}`);
}

function problemsOf(check) {
  try {
    return check();
  } catch (error) {
    return [error.message];
  }
}

let failed = 0;
for (const [sentence, check] of Object.entries(checks)) {
  const problems = problemsOf(check);
  failed += problems.length > 0 ? 1 : 0;
  process.stdout.write(`${problems.length > 0 ? 'FAILED' : 'ok'}: ${sentence}\n`);
  for (const problem of problems) process.stdout.write(`  ${problem}\n`);
}
writeFileSync(join(target, 'sbom.cdx.json'), `${JSON.stringify(billOfMaterials(root), null, 2)}\n`);
process.stdout.write(
  `${tarball.path} (${(tarball.bytes / 1e6).toFixed(2)} MB) and sbom.cdx.json beside it\n`,
);
process.stdout.write(`${Object.keys(checks).length - failed} passed, ${failed} failed\n`);
if (failed > 0) process.exitCode = 1;
