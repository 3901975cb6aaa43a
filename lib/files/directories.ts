import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCode } from '../errors.js';
import { isDirectory } from './is_there.js';
import { outputError } from './output_error.js';

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

/** Makes the directory that a file at `path` is to be in. @throws DcganError ERR_OUTPUT. */
export async function makeParent(path: string): Promise<void> {
  const directory = dirname(path);
  await makeDirectories(directory).catch((error: unknown) => {
    throw outputError(directory, error);
  });
}

/** What a file system answers whose directories cannot be synced, or that lets nobody open them. */
const unsyncable: ReadonlySet<string> = new Set(['EINVAL', 'ENOTSUP', 'ENOSYS', 'EISDIR', 'EBADF', 'EACCES']);

/**
 * Makes the names in a directory last through a power cut, as far as its file system can do that.
 * @throws the system's error.
 */
export async function syncDirectory(path: string): Promise<void> {
  // Windows cannot open a directory, and orders renames itself.
  if (process.platform === 'win32') return;
  try {
    const directory = await open(path, 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  } catch (error) {
    if (!unsyncable.has(systemCode(error))) throw error;
  }
}
