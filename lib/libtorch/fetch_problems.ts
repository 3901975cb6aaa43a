import { existsSync, mkdirSync, mkdtempSync, rmSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { systemCode } from '../errors.js';
import { type Environment, packageCache } from '../files/cache.js';
import { gigabytes } from '../files/size.js';
import type { Variant } from './cache.js';
import { askPython, hasPipScript, python } from './python.js';
import { temporaryPrefix } from './temporary.js';

/** What decides whether a libtorch can be fetched. */
export interface FetchPlace {
  /** Default: `process.env`. */
  readonly env?: Environment;
  /** Default `cpu`. */
  readonly variant?: Variant;
  /** The directory to put it into, in one of its own. Default: this package's in the user's cache directory. */
  readonly directory?: string;
  /** Bytes that must be free. Default: enough for the wheels, once more in pip's cache, and what is unpacked. */
  readonly space?: number;
}

const spaceFor: Readonly<Record<Variant, number>> = { cpu: 1.2e9, cuda: 1e10 };

/**
 * What stands in the way of a fetch, one sentence each: python3, its pip, a directory that can be written, disk space.
 * Empty when nothing does. Quick, and changes nothing but to make the directory.
 */
export function fetchProblems(place: FetchPlace = {}): string[] {
  const { env = process.env, variant = 'cpu', space = spaceFor[variant] } = place;
  const { directory = packageCache(env) } = place;
  return [...pythonProblems(env), ...directoryProblems(directory, space)];
}

function pythonProblems(env: Environment): string[] {
  const hint = 'or set DCGAN_LIBTORCH to the directory of a libtorch that is there already.';
  const pip = askPython(hasPipScript, env);
  if (pip === null)
    return [`${python} does not run, and its pip fetches libtorch: install Python 3 with pip, ${hint}`];
  if (pip === '') {
    return [
      `${python} has no pip, which fetches libtorch: install it (Debian, Ubuntu: apt install python3-pip), ${hint}`,
    ];
  }
  return [];
}

function directoryProblems(directory: string, space: number): string[] {
  const hint = 'name another directory with --dir or XDG_CACHE_HOME.';
  let free: number;
  try {
    makeDirectories(directory);
    rmSync(mkdtempSync(join(directory, temporaryPrefix)), { recursive: true });
    const { bavail, bsize } = statfsSync(directory);
    free = bavail * bsize;
  } catch (error) {
    return [
      `The directory ${directory} cannot be written (${systemCode(error)}): make it writable, or ${hint}`,
    ];
  }
  if (free >= space) return [];
  return [
    `libtorch needs ${gigabytes(space)} in ${directory}, where ${gigabytes(free)} are free: make room, or ${hint}`,
  ];
}

/** Not by `mkdir`'s own `recursive`, with which Node tries for ever in a place such as /proc. */
function makeDirectories(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  const above = dirname(path);
  if (above !== path && !existsSync(above)) makeDirectories(above);
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process was faster.
    if (systemCode(error) !== 'EEXIST' || !statSync(path).isDirectory()) throw error;
  }
}
