import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemCode } from '../errors.js';
import { packageCache } from '../files/cache.js';
import { gigabytes } from '../files/size.js';
import { cachedLibtorches, directorySize } from '../libtorch/cache.js';
import type { Check } from './check.js';

/** What the cache directory holds, and whether it can be written. */
export function checkCache(): Check {
  const directory = packageCache();
  const count = cachedLibtorches(directory).length;
  const detail = `${directory}: ${gigabytes(directorySize(directory))}, ${count} libtorch`;
  const denied = writeDenied(directory);
  if (denied === null) return { name: 'cache', verdict: 'ok', detail };
  const remedy =
    'Make it writable, or set XDG_CACHE_HOME to a directory that is: setup and a quick start need it.';
  return { name: 'cache', verdict: 'warning', detail: `${detail}; it cannot be written (${denied})`, remedy };
}

/** Whether runs can be written where this program was started. */
export function checkWorkingDirectory(): Check {
  const directory = process.cwd();
  const denied = writeDenied(directory);
  if (denied !== null) {
    const remedy = 'Work in a directory that can be written, or name one with --out.';
    return { name: 'runs', verdict: 'warning', detail: `${directory} cannot be written (${denied})`, remedy };
  }
  const { bavail, bsize } = statfsSync(directory);
  return {
    name: 'runs',
    verdict: 'ok',
    detail: `${directory} can be written, ${gigabytes(bavail * bsize)} are free`,
  };
}

/** The system's code of why a directory, or what is to be its parent, cannot be written; null when it can. */
function writeDenied(directory: string): string | null {
  let existing = directory;
  while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing);
  if (!statSync(existing).isDirectory()) return 'ENOTDIR';
  try {
    accessSync(existing, constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    return systemCode(error);
  }
}
