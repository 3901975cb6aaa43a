import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const require = createRequire(import.meta.url);

/**
 * The minor versions of libtorch that a published package serves, oldest first: it holds a core library for each. They are
 * those that docs/packaging.md promises.
 */
export const servedMinors = promisedMinors(resolve(import.meta.dirname, '..', '..'));

function promisedMinors(root) {
  const text = readFileSync(join(root, 'docs', 'packaging.md'), 'utf8');
  const [, list] = /^\| libtorch \| ([\d., ]+) \|$/m.exec(text) ?? [];
  if (list === undefined)
    throw new Error('docs/packaging.md has no row `libtorch` with the served versions.');
  return list.split(', ');
}

/**
 * A libtorch for each served minor version: of `named`, of the variables `DCGAN_LIBTORCH_2_13` …, else the one that the
 * package itself would find.
 * @param {readonly string[]} named directories that hold `lib/`
 * @param {{ headers?: boolean, fetch?: boolean, space?: number, source?: typeof ownSource }} needs `headers`: only one to build
 *   with; `fetch`: ask pip for what is missing; `space`: bytes that must be free for that, default enough; `source`: where those
 *   that are not named come from, default for this machine's architecture
 * @returns {Promise<Map<string, string>>} directory by minor version, oldest first
 * @throws Error that names each version without one
 */
export async function libtorchRoots(
  named,
  { headers = false, fetch = false, space, source = ownSource } = {},
) {
  const given = new Map(named.map((root) => [minorIn(root), resolve(root)]));
  const roots = new Map();
  const missing = [];
  for (const minor of servedMinors) {
    const known = given.get(minor) ?? source.found(minor, headers);
    const root = known ?? (fetch ? await source.fetched(minor, space) : null);
    if (root === null) missing.push(minor);
    else roots.set(minor, root);
    if (root !== null && headers && !hasHeaders(root))
      throw new Error(`${root} lacks the headers (include/) of libtorch.`);
  }
  if (missing.length === 0) return roots;
  const variables = source === ownSource ? ` or in ${missing.map(variableOf).join(' and ')}` : '';
  const said = `There is no libtorch ${missing.join(' and ')}. Name one with --libtorch DIRECTORY${variables}`;
  throw new Error(`${said}, or let pip fetch it with --fetch.`);
}

const compiled = (file) => require(join('..', '..', 'dist', file));
const variableOf = (minor) => `DCGAN_LIBTORCH_${minor.replace('.', '_')}`;
const hasHeaders = (root) => existsSync(join(root, 'include', 'torch', 'headeronly', 'version.h'));

/** Of this machine's architecture. */
const ownSource = { found: (minor, headers) => fromEnvironment(minor) ?? found(minor, headers), fetched };

function fromEnvironment(minor) {
  const root = process.env[variableOf(minor)];
  if (!root) return null;
  if (minorIn(root) !== minor)
    throw new Error(`${variableOf(minor)} is ${root}, which holds another version.`);
  return resolve(root);
}

/** The build for the CPU; where pip has none, the one for CUDA, with what it needs of NVIDIA's to be loaded. */
async function fetched(minor, space) {
  const { fetchLibtorch } = compiled('libtorch/fetch.js');
  try {
    return await fetchLibtorch({ version: minor, space });
  } catch (error) {
    process.stderr.write(`${error.message}\nTaking the build for CUDA.\n`);
    return fetchLibtorch({ version: minor, space, variant: 'cuda' });
  }
}

function found(minor, headers) {
  const { findLibtorch } = compiled('libtorch/find.js');
  // A DCGAN_LIBTORCH of another version hides the rest.
  for (const env of [process.env, { ...process.env, DCGAN_LIBTORCH: '' }]) {
    try {
      const { root } = findLibtorch({ env, served: [minor] });
      if (!headers || hasHeaders(root)) return root;
    } catch {
      // The caller says what is missing.
    }
  }
  return null;
}

function minorIn(root) {
  const { minorOf, readVersion } = compiled('libtorch/layout.js');
  const version = readVersion(resolve(root));
  if (version === null) throw new Error(`${root} is no libtorch: name the directory that holds lib/.`);
  const minor = minorOf(version);
  if (servedMinors.includes(minor)) return minor;
  throw new Error(`${root} holds libtorch ${version}; this package serves ${servedMinors.join(' and ')}.`);
}
