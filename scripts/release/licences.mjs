import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { servedMinors } from './libtorch_roots.mjs';

const require = createRequire(import.meta.url);

/** What the binaries hold of others, beside what npm installs: name and licence as THIRD_PARTY.md has them. */
const compiledIn = [
  { name: 'node-addon-api', version: versionOf('node-addon-api'), licence: 'MIT' },
  { name: 'node-api-headers', version: versionOf('node-api-headers'), licence: 'MIT' },
  ...servedMinors.map((version) => ({ name: 'libtorch', version, licence: 'BSD-3-Clause' })),
];

function versionOf(name) {
  return require(`${name}/package.json`).version;
}

/**
 * The bill of materials of a published package, CycloneDX: what npm installs with it on any platform, and what is
 * compiled into its binaries.
 * @param {string} root
 */
export function billOfMaterials(root) {
  const directory = mkdtempSync(join(tmpdir(), 'dcgan-sbom-'));
  try {
    // From a tree without development dependencies: npm leaves out what these use, too.
    const { devDependencies: _, ...manifest } = read(root, 'package.json');
    const lock = read(root, 'package-lock.json');
    delete lock.packages[''].devDependencies;
    const kept = Object.entries(lock.packages).filter(([, { dev, devOptional }]) => !dev && !devOptional);
    write(directory, 'package.json', manifest);
    write(directory, 'package-lock.json', { ...lock, packages: Object.fromEntries(kept) });
    const args = ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'library', '--package-lock-only'];
    const bill = JSON.parse(execFileSync('npm', args, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] }));
    bill.metadata.component.name = manifest.name;
    bill.components.push(
      ...compiledIn.map(({ name, version, licence }) => ({
        'bom-ref': `${name}@${version}`,
        type: 'library',
        name,
        version,
        scope: 'required',
        licenses: [{ license: { id: licence } }],
      })),
    );
    return bill;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** What the bill lists and THIRD_PARTY.md does not, one sentence each. A name there may hold `*`. */
export function licenceProblems(root) {
  const text = readFileSync(join(root, 'THIRD_PARTY.md'), 'utf8');
  const patterns = [...text.matchAll(/[\w@/.*-]+/g)].map(
    ([name]) => new RegExp(`^${name.replaceAll('.', '\\.').replaceAll('*', '.*')}$`),
  );
  const names = new Set(billOfMaterials(root).components.map(({ name }) => name));
  return [...names]
    .filter((name) => !patterns.some((pattern) => pattern.test(name)))
    .map((name) => `THIRD_PARTY.md does not name ${name}.`);
}

const read = (directory, name) => JSON.parse(readFileSync(join(directory, name), 'utf8'));
const write = (directory, name, value) => writeFileSync(join(directory, name), JSON.stringify(value));

/** `node scripts/release/licences.mjs` fails when THIRD_PARTY.md lacks something; `--sbom` prints the bill. */
function main(args) {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  if (args.includes('--sbom')) {
    process.stdout.write(`${JSON.stringify(billOfMaterials(root), null, 2)}\n`);
    return;
  }
  const problems = licenceProblems(root);
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  if (problems.length > 0) process.exitCode = 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.slice(2));
