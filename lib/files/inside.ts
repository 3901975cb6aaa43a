import { realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { DcganError } from '../errors.js';
import { openRegular, type RegularFile } from './regular.js';

/**
 * The true path of something in a directory.
 * @throws DcganError ERR_VALUE when it lies elsewhere, by `..` or by a link; the system's error.
 */
export async function pathInside(directory: string, name: string): Promise<string> {
  const [root, path] = await Promise.all([realpath(directory), realpath(join(directory, name))]);
  if (path.startsWith(root.endsWith(sep) ? root : root + sep)) return path;
  const said = `${join(directory, name)} leads out of ${directory}, and is not followed.`;
  throw new DcganError('ERR_VALUE', said, { value: name });
}

/**
 * Opens a file in a directory, and nothing but a file that lies there.
 * @throws DcganError ERR_VALUE for a link that leads out of it, and for what is no file; the system's error.
 */
export async function openInside(directory: string, name: string): Promise<RegularFile> {
  const path = await pathInside(directory, name);
  return openRegular(path, (found) => {
    return new DcganError('ERR_VALUE', `${path} is a ${found} and no file.`, { value: name });
  });
}
