import { openRegular } from '../files/regular.js';
import { importFormat, unreadable } from './errors.js';

/** More than a file of the largest model has, with both moments of an optimiser beside its weights. */
const mostBytes = 2 ** 30;
const pieceBytes = 2 ** 24;
const notAFile = 'it is a pipe or a device, not a file';

/**
 * The bytes of a file that somebody else made, in memory of their own. What is no regular file, or a very large one, is
 * refused before anything is read.
 * @throws DcganError ERR_IMPORT_FORMAT
 */
export async function readForeignFile(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const { file, size } = await openRegular(path, (found) => {
      return importFormat(path, found === 'directory' ? 'it is a directory, not a file' : notAFile);
    });
    try {
      if (size > mostBytes) throw importFormat(path, `its ${size} bytes are more than any such file has`);
      const bytes = new Uint8Array(size);
      let filled = 0;
      while (filled < bytes.length) {
        const length = Math.min(bytes.length - filled, pieceBytes);
        const { bytesRead } = await file.read(bytes, filled, length, filled);
        if (bytesRead === 0) throw importFormat(path, 'it became shorter while it was read');
        filled += bytesRead;
      }
      return bytes;
    } finally {
      await file.close();
    }
  } catch (error) {
    throw unreadable(path, error);
  }
}
