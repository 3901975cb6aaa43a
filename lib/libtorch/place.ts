import { existsSync, lstatSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DcganError, systemCode } from '../errors.js';
import { version } from '../version.js';
import { type CachedLibtorch, cachedAt } from './cache.js';
import { isLibtorch } from './layout.js';
import { temporaryPrefix } from './temporary.js';

/** A file in what a fetch has made, which says so; nothing without it is ever removed. */
const mark = '.dcgan-native.json';

/** Writes that mark into a libtorch that is to be put into place. */
export function markAsFetched({ directory, version: libtorch, variant }: CachedLibtorch): void {
  const facts = { fetchedBy: `dcgan-native ${version}`, libtorch, variant };
  writeFileSync(join(directory, mark), `${JSON.stringify(facts)}\n`);
}

/**
 * Whether a fetch has made what lies there. Before there were marks it left a whole libtorch and nothing beside it. A link
 * is somebody's own.
 */
export function isFetched({ directory, root, variant }: CachedLibtorch): boolean {
  if (!lstatSync(directory).isDirectory()) return false;
  if (existsSync(join(directory, mark))) return true;
  const above = variant === 'cpu' || holdsOnly(directory, ['torch', 'nvidia']);
  return above && isLibtorch(root) && holdsOnly(root, ['lib', 'include', 'share']);
}

const holdsOnly = (directory: string, names: readonly string[]) =>
  readdirSync(directory).every((name) => names.includes(name));

/**
 * Refuses to put a libtorch where something lies that no fetch has made.
 * @throws DcganError ERR_SETUP
 */
export function checkPlace(target: CachedLibtorch): void {
  if (isFree(target) || isFetched(target)) return;
  const said = `${target.directory} is in the way, and setup has not made it: move it away, or name another directory with --dir.`;
  throw new DcganError('ERR_SETUP', said, { value: target.directory });
}

/** Nothing is there, or an empty directory, which a rename replaces. */
function isFree({ directory }: CachedLibtorch): boolean {
  const found = lstatSync(directory, { throwIfNoEntry: false });
  return found === undefined || (found.isDirectory() && readdirSync(directory).length === 0);
}

/**
 * Puts an unpacked libtorch into its place below `directory`, unless another process did so meanwhile. Whatever fails, it
 * or what was there before is there afterwards, except that one which cannot be put back is in `temporary`.
 * @param temporary of this fetch, on the same file system
 * @param force replaces a whole one, too
 * @throws DcganError ERR_SETUP; the system's error
 */
export function putIntoPlace(
  unpacked: CachedLibtorch,
  directory: string,
  temporary: string,
  force: boolean,
): CachedLibtorch {
  const target = cachedAt(directory, unpacked.version, unpacked.variant);
  if (!force && isLibtorch(target.root)) return target;
  checkPlace(target);
  markAsFetched(unpacked);
  // Under its own name: whoever finds it there after this process was killed puts it back.
  const aside = isFree(target) ? null : join(temporary, basename(target.directory));
  if (aside !== null) renameSync(target.directory, aside);
  try {
    renameSync(unpacked.directory, target.directory);
    return target;
  } catch (cause) {
    if (isLibtorch(target.root)) return target;
    const kept = aside === null ? '' : putBack(aside, target);
    const said = `libtorch could not be put into ${target.directory} (${systemCode(cause)})${kept}: make that directory writable.`;
    throw new DcganError('ERR_SETUP', said, { value: target.directory, cause });
  }
}

/** Undoes the first half of an exchange. @returns what to say of it */
function putBack(aside: string, { directory }: CachedLibtorch): string {
  try {
    renameSync(aside, directory);
    return ', where the one from before is again';
  } catch {
    return `, and the one from before is in ${aside}`;
  }
}

/**
 * Removes what was fetched: it is there whole, and then not at all.
 * @throws DcganError ERR_SETUP, also when no fetch has made it
 */
export function removeCached(directory: string, cached: CachedLibtorch): void {
  const { directory: path } = cached;
  try {
    if (!isFetched(cached)) {
      const said = `${path} was not made by setup, which removes nothing else: remove it by hand.`;
      throw new DcganError('ERR_SETUP', said, { value: path });
    }
    const aside = mkdtempSync(join(directory, temporaryPrefix));
    renameSync(path, join(aside, 'removed'));
    rmSync(aside, { recursive: true, force: true });
  } catch (cause) {
    if (cause instanceof DcganError) throw cause;
    const said = `${path} could not be removed (${systemCode(cause)}): make it and the directory above it writable.`;
    throw new DcganError('ERR_SETUP', said, { value: path, cause });
  }
}
