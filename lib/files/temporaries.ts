import { randomBytes } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemCode } from '../errors.js';
import { outputError } from './output_error.js';

/**
 * Seconds after which a temporary file that nobody has touched is nobody's any more. Who writes one touches it all the
 * time; whether a process of some number lives proves nothing, since its writer may run in another container or on
 * another machine.
 */
export const abandonedAfter = 60;

/** The name of a new temporary file beside `path`. */
export function temporaryBeside(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
}

// Earlier versions put the number of their process in front of the random digits.
const pattern = /^\..+\.(\d+-[0-9a-f]{8}|[0-9a-f]{12})\.tmp$/;

/**
 * Removes the temporary files in a directory that were left by writers that are gone.
 * @param now the time by the clock that the file system goes by, in milliseconds
 * @throws DcganError ERR_OUTPUT.
 */
export async function removeTemporaries(directory: string, now = Date.now()): Promise<void> {
  try {
    for (const name of await readdir(directory)) {
      if (!pattern.test(name)) continue;
      const path = join(directory, name);
      const touched = await stat(path).then(
        ({ mtimeMs }) => mtimeMs,
        // Its writer has finished.
        () => now,
      );
      if (now - touched > abandonedAfter * 1000) await rm(path, { force: true });
    }
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw outputError(directory, error);
  }
}
