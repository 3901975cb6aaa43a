import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Environment, packageCache } from '../files/cache.js';
import { hasGpu } from './gpu.js';
import { libtorchVersion } from './layout.js';

/** A libtorch that was fetched before. */
export interface CachedLibtorch {
  /** All that was fetched. */
  readonly directory: string;
  /** The directory that holds `lib/`. */
  readonly root: string;
  readonly version: string;
  readonly variant: Variant;
}

/** What a build of libtorch computes on. */
export type Variant = 'cpu' | 'cuda';

/**
 * Where a libtorch lies once it is fetched. One for CUDA finds NVIDIA's libraries beside itself, as in a Python, so it
 * lies one level deeper.
 */
export function cachedAt(caches: string, version: string, variant: Variant): CachedLibtorch {
  const directory = join(caches, `libtorch-${version}${variant === 'cuda' ? '-cuda' : ''}`);
  return { directory, root: variant === 'cuda' ? join(directory, 'torch') : directory, version, variant };
}

/** Where the libtorch lies that is fetched unless another is asked for: whole or not at all. */
export const defaultLibtorch = (env: Environment = process.env): string =>
  cachedAt(packageCache(env), libtorchVersion, 'cpu').root;

/** What was fetched, the preferred one first: the newest version, and of one version the build for what is here. */
export function cachedLibtorches(caches: string): CachedLibtorch[] {
  const found = list(caches).flatMap((name) => {
    const [, version, cuda] = /^libtorch-(\d+\.\d+\.\d+)(-cuda)?$/.exec(name) ?? [];
    return version === undefined ? [] : [cachedAt(caches, version, cuda ? 'cuda' : 'cpu')];
  });
  if (found.length < 2) return found;
  const preferred: Variant = hasGpu() ? 'cuda' : 'cpu';
  return found.sort(
    (a, b) =>
      b.version.localeCompare(a.version, 'en', { numeric: true }) ||
      Number(b.variant === preferred) - Number(a.variant === preferred),
  );
}

/** The bytes of all files below a directory; 0 when there is none. */
export function directorySize(directory: string): number {
  let bytes = 0;
  for (const entry of list(directory, true)) bytes += sizeOf(join(directory, entry));
  return bytes;
}

function sizeOf(path: string): number {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isFile() ? stats.size : 0;
}

function list(directory: string, recursive = false): string[] {
  try {
    return readdirSync(directory, { recursive, encoding: 'utf8' });
  } catch {
    return [];
  }
}
