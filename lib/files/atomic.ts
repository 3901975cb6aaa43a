import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DcganError, systemCode } from '../errors.js';
import { syncDirectory } from './directories.js';
import { outputError, reasonOf } from './output_error.js';
import { temporaryBeside } from './temporaries.js';

/**
 * Replaces the file at `path` by `chunks`, whole or not at all, even when the process is killed or the machine stops:
 * written beside it under a temporary name, synced, renamed, and the directory synced. A file that is replaced keeps
 * its permissions.
 * @throws DcganError ERR_OUTPUT; the file is then as it was, unless the message says that it was replaced.
 */
export async function writeFileAtomically(
  path: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  const { target, mode } = await replaceable(path);
  const temporary = temporaryBeside(target);
  try {
    const file = await open(temporary, 'wx');
    try {
      if (mode !== null) await file.chmod(mode).catch(ignoreUnable);
      for await (const chunk of chunks) await file.writeFile(chunk);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw outputError(path, error);
  }
  await syncDirectory(dirname(target)).catch((error: unknown) => {
    const said = `${path} was replaced, but may be the old one again after a power cut, because ${reasonOf(error)}.`;
    throw new DcganError('ERR_OUTPUT', said, { value: path, cause: error });
  });
}

/** Some file systems have no permissions to set. */
function ignoreUnable(error: unknown): void {
  if (!['EPERM', 'ENOTSUP', 'ENOSYS'].includes(systemCode(error))) throw error;
}

/**
 * The file that `path` leads to, which is a regular file or not there yet: a rename would replace anything else, too.
 * And its permissions, where it is there.
 */
async function replaceable(path: string): Promise<{ readonly target: string; readonly mode: number | null }> {
  try {
    const found = await stat(path);
    if (found.isFile()) return { target: await realpath(path), mode: found.mode & 0o7777 };
    const kind = found.isDirectory() ? 'a directory' : 'a device, not a file';
    throw new DcganError('ERR_OUTPUT', `Cannot write ${path}: it is ${kind}.`, { value: path });
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return { target: path, mode: null };
    throw outputError(path, error);
  }
}
