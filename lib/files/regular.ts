import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** Without O_NONBLOCK, opening a pipe waits for its writer. Windows does not know the flag. */
const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** A file that was opened for reading; whoever asked for it closes it. */
export interface RegularFile {
  readonly file: FileHandle;
  /** Bytes. */
  readonly size: number;
}

/**
 * The text of a file of somebody else's, and of nothing but a file.
 * @throws the system's error; an Error that says what is there instead.
 */
export async function readRegularText(path: string): Promise<string> {
  const { file } = await openRegular(path, (found) => new Error(`it is a ${found}`));
  return file.readFile('utf8').finally(() => file.close());
}

/**
 * Opens a file of somebody else's for reading, and nothing but a file.
 * @param refuse makes what is thrown for anything else
 * @throws the system's error; what `refuse` makes.
 */
export async function openRegular(
  path: string,
  refuse: (found: 'directory' | 'pipe or device') => Error,
): Promise<RegularFile> {
  const file = await open(path, flags);
  try {
    const found = await file.stat();
    if (found.isFile()) return { file, size: found.size };
    throw refuse(found.isDirectory() ? 'directory' : 'pipe or device');
  } catch (error) {
    await file.close();
    throw error;
  }
}
