import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DcganError, systemCode } from '../errors.js';

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'there is no permission to write there',
  EPERM: 'there is no permission to write there',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would become larger than is allowed',
  ENOENT: 'its directory does not exist',
  ENOTDIR: 'a part of its path is a file, not a directory',
  EEXIST: 'a file of that name is in the way',
  EISDIR: 'it is a directory',
  ENAMETOOLONG: 'its name is too long',
  EMFILE: 'too many files are open',
  EIO: 'the disk reports an error',
};

/** The ERR_OUTPUT for a file operation on `path` that failed, with the reason in words. */
export function outputError(path: string, error: unknown): DcganError {
  if (error instanceof DcganError) return error;
  const code = systemCode(error);
  const reason = reasons[code] ?? (error instanceof Error ? error.message : String(error));
  return new DcganError('ERR_OUTPUT', `Cannot write ${path}: ${reason}.`, { value: path, cause: error });
}

/**
 * Replaces the file at `path` by `chunks`, whole or not at all, even when the process is killed or the machine stops:
 * written beside it under a temporary name, synced, renamed, and the directory synced.
 * @throws DcganError ERR_OUTPUT; the file is then as it was.
 */
export async function writeFileAtomically(path: string, chunks: Iterable<Uint8Array>): Promise<void> {
  let temporary: string | null = null;
  try {
    const target = await replaceable(path);
    const suffix = `${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
    const name = join(dirname(target), `.${basename(target)}.${suffix}`);
    const file = await open(name, 'wx');
    temporary = name;
    try {
      for (const chunk of chunks) await file.writeFile(chunk);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
    temporary = null;
    await syncDirectory(dirname(target));
  } catch (error) {
    if (temporary !== null) await rm(temporary, { force: true }).catch(() => undefined);
    throw outputError(path, error);
  }
}

/**
 * Makes a directory and those above it. Not by `mkdir`'s own `recursive`: in a place such as /proc, where a directory
 * is there but nothing can be made in it, Node tries for ever.
 * @throws the system's error.
 */
export async function makeDirectories(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const above = dirname(path);
    const code = systemCode(error);
    if (code === 'EEXIST' && (await isDirectory(path))) return;
    if (code !== 'ENOENT' || above === path || (await isDirectory(above))) throw error;
    await makeDirectories(above);
    await makeDirectories(path);
  }
}

function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/**
 * Removes what `writeFileAtomically` left in a directory when its process was killed. Files that another live process
 * may still be writing stay.
 * @throws DcganError ERR_OUTPUT.
 */
export async function removeTemporaries(directory: string): Promise<void> {
  try {
    for (const name of await readdir(directory)) {
      const pid = /^\..+\.(\d+)-[0-9a-f]{8}\.tmp$/.exec(name)?.[1];
      if (pid === undefined) continue;
      const path = join(directory, name);
      if (await isAbandoned(path, Number(pid))) await rm(path, { force: true });
    }
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw outputError(directory, error);
  }
}

/** The file that `path` leads to, which is a regular file or not there yet. A rename would replace anything else too. */
async function replaceable(path: string): Promise<string> {
  const found = await stat(path).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  });
  if (found === null) return path;
  if (found.isFile()) return realpath(path);
  const kind = found.isDirectory() ? 'a directory' : 'a device, not a file';
  throw new DcganError('ERR_OUTPUT', `Cannot write ${path}: it is ${kind}.`, { value: path });
}

async function syncDirectory(path: string): Promise<void> {
  // Windows cannot open a directory, and orders renames itself.
  if (process.platform === 'win32') return;
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/**
 * Whether nobody writes this temporary any more. In containers process ids repeat, so a live process of that id may
 * not be the writer: a file older than this process, or untouched for a minute, is nobody's.
 */
async function isAbandoned(path: string, pid: number): Promise<boolean> {
  if (pid !== process.pid && !isAlive(pid)) return true;
  const touched = await stat(path).then(
    (found) => found.mtimeMs,
    () => 0,
  );
  const now = Date.now();
  return touched < (pid === process.pid ? now - process.uptime() * 1000 : now - 60_000);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}
