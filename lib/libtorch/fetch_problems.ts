import { mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '../errors.js';
import { temporaryPrefix, type Variant } from './cache.js';
import { cachesDirectory, type Environment } from './layout.js';
import { askPython, hasPipScript, python } from './python.js';

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
  const { directory = cachesDirectory(env) } = place;
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
  try {
    mkdirSync(directory, { recursive: true });
    rmSync(mkdtempSync(join(directory, temporaryPrefix)), { recursive: true });
  } catch (error) {
    return [
      `The directory ${directory} cannot be written (${systemCode(error)}): make it writable, or ${hint}`,
    ];
  }
  const { bavail, bsize } = statfsSync(directory);
  const free = bavail * bsize;
  if (free >= space) return [];
  return [
    `libtorch needs ${gigabytes(space)} GB in ${directory}, where ${gigabytes(free)} GB are free: make room, or ${hint}`,
  ];
}

const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1);
