import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { systemCode } from '../errors.js';
import { readArchitecture } from './elf.js';
import type { Libtorch } from './find.js';
import { isCuda, isLibtorch, libtorchParts, minorOf, readVersion } from './layout.js';
import { getLibtorch, type Problem, replaceLibtorch } from './problem.js';

/** Where a libtorch is said to be. */
export type Place = Pick<Libtorch, 'root' | 'source'>;

/**
 * What can be told without loading it: whether there is a libtorch in a directory, for this architecture, of a minor
 * version that is served.
 * @returns its version, null where nothing tells it; and what stands against it, null for nothing
 */
export function inspectLibtorch(
  place: Place,
  served: readonly string[],
): { readonly version: string | null; readonly problem: Problem | null } {
  const { root } = place;
  if (!isLibtorch(root)) return { version: null, problem: missing(place) };
  const version = readVersion(root);
  const unfit = libtorchParts(root).map((path) => unfitPart(place, path));
  const problem = unfit.find((part) => part !== null) ?? unserved(place, version, served);
  return { version, problem };
}

function missing({ root, source }: Place): Problem {
  const part = libtorchParts(root).find((path) => !existsSync(path)) ?? root;
  const code = 'ERR_LIBTORCH_NOT_FOUND';
  if (source !== 'DCGAN_LIBTORCH') return { code, reason: `${part} is missing.`, remedy: getLibtorch };
  const reason = `DCGAN_LIBTORCH is ${root}, which holds no ${relative(root, part)}.`;
  // What people name instead: lib/ itself, a Python's site-packages, the directory that an archive was unpacked into.
  const meant = ['..', 'torch', 'libtorch'].map((name) => join(root, name)).find(isLibtorch);
  const remedy =
    meant === undefined
      ? 'Set it to the directory that holds lib/, or unset it and run: npx dcgan-native setup'
      : `Set it to ${meant}`;
  return { code, reason, remedy };
}

/** What is wrong with one of the libraries, or null. */
function unfitPart(place: Place, path: string): Problem | null {
  if (process.platform !== 'linux') return null;
  const remedy = replaceLibtorch(place);
  try {
    const architecture = readArchitecture(path);
    if (architecture === process.arch) return null;
    if (architecture === null) {
      return { code: 'ERR_LIBTORCH_LOAD', reason: `${path} is not a shared library.`, remedy };
    }
    const reason = `The libtorch in ${place.root} is built for ${architecture}, but this Node.js is for ${process.arch}.`;
    return { code: 'ERR_LIBTORCH_ARCHITECTURE', reason, remedy };
  } catch (error) {
    return { code: 'ERR_LIBTORCH_LOAD', reason: `${path} cannot be read (${systemCode(error)}).`, remedy };
  }
}

function unserved(place: Place, version: string | null, served: readonly string[]): Problem | null {
  if (version !== null && served.includes(minorOf(version))) return null;
  const { root, source } = place;
  const found = version === null ? 'a libtorch of unknown version' : `libtorch ${version}`;
  const where = source === 'DCGAN_LIBTORCH' ? `${root} (DCGAN_LIBTORCH)` : root;
  const reason = `Found ${found} in ${where}, but this build of dcgan-native serves ${served.join(', ')}.`;
  // To fetch the same one again would not help.
  const remedy = source === 'DCGAN_LIBTORCH' ? replaceLibtorch(place) : getLibtorch;
  return { code: 'ERR_LIBTORCH_VERSION', reason, remedy };
}

/**
 * What the system said when it did not load a libtorch, or the core library above it, in our words.
 * @param words the message of the system's loader
 */
export function explainLoadFailure(libtorch: Libtorch, words: string): Problem {
  const { root, version } = libtorch;
  const remedy = replaceLibtorch(libtorch);
  const line = (words.split('\n', 1)[0] ?? '').replace(/\.$/, '');
  const tooOld = oldSystem(line);
  if (tooOld) return tooOld;
  const lacking = /^([^/\s:]+): cannot open shared object file/.exec(line)?.[1];
  if (lacking) {
    const reason = `The libtorch in ${root} needs ${lacking}, which is not there${dependencyHint(root, lacking)}.`;
    return { code: 'ERR_LIBTORCH_DEPENDENCY', reason, remedy };
  }
  if (/wrong ELF class/.test(line)) {
    const reason = `The libtorch in ${root} is built for another architecture than ${process.arch}.`;
    return { code: 'ERR_LIBTORCH_ARCHITECTURE', reason, remedy };
  }
  if (/dcgan_core.*undefined symbol/.test(line)) return notItsVersion(libtorch, line);
  const reason = `The libtorch ${version} in ${root} could not be loaded: ${line}.`;
  return { code: 'ERR_LIBTORCH_LOAD', reason, remedy };
}

/** The problem of a libtorch whose files tell another version than it has. */
export function notItsVersion(libtorch: Libtorch, why: string): Problem {
  const { root, version } = libtorch;
  const reason = `The libtorch in ${root} is not the ${version} that its files tell: ${why}.`;
  return { code: 'ERR_LIBTORCH_VERSION', reason, remedy: replaceLibtorch(libtorch) };
}

/** The problem in "/lib/libc.so.6: version `GLIBC_2.38' not found (required by /a/b.so)"; null when it is another. */
export function oldSystem(line: string): Problem | null {
  const said = /version [`'](GLIBC|GLIBCXX|CXXABI)_([\d.]+)' not found(?: \(required by (.+?)\))?/.exec(line);
  if (!said) return null;
  const [, kind, needed, by = 'libtorch'] = said;
  const isC = kind === 'GLIBC';
  const reason = `${by} needs ${isC ? 'glibc' : 'libstdc++ with'} ${isC ? needed : `${kind}_${needed}`}, and this system's is older.`;
  const remedy = isC
    ? 'Use a newer distribution, or a container of one (such as node:20-bookworm).'
    : 'Install a newer libstdc++ (Debian, Ubuntu: apt install libstdc++6), or use a newer distribution.';
  return { code: 'ERR_LIBTORCH_SYSTEM', reason, remedy };
}

function dependencyHint(root: string, library: string): string {
  if (/^lib(torch|c10|gomp|shm)/.test(library)) return ': it is not whole';
  return isCuda(root) ? ": it is a build for CUDA, which needs pip's nvidia packages beside it" : '';
}
