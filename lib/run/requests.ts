import { open, readdir, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DcganError, systemCode } from '../errors.js';
import { makeDirectories } from '../files/directories.js';
import { outputError } from '../files/output_error.js';

/** What can be asked of whoever writes a run: a checkpoint now, a picture now, an end once everything is saved. */
export const runRequests = ['save', 'sample', 'stop'] as const;
export type RunRequest = (typeof runRequests)[number];

// Empty files in a directory of the run: another process, also one on another machine, needs nothing but the directory.
const directoryOf = (run: string): string => join(run, 'requests');

/**
 * Asks something of whoever writes a run. It is done between two steps, within a second or so; asked twice it is done once.
 * @throws DcganError ERR_OUTPUT.
 */
export async function askRun(run: string, request: RunRequest): Promise<void> {
  const directory = directoryOf(run);
  try {
    await makeDirectories(directory);
    if ((await realpath(directory)) !== directoryOf(await realpath(run))) throw linked(directory);
    await open(join(directory, request), 'wx').then(
      (file) => file.close(),
      (error: unknown) => {
        if (systemCode(error) !== 'EEXIST') throw error;
      },
    );
  } catch (error) {
    throw outputError(directory, error);
  }
}

/** What was asked of a run since it was last looked at. What cannot be read or removed is as if it were not there. */
export async function takeRequests(run: string): Promise<RunRequest[]> {
  const names = await readdir(directoryOf(run)).catch((): string[] => []);
  const asked = runRequests.filter((request) => names.includes(request));
  const taken = await Promise.all(
    asked.map((request) =>
      rm(join(directoryOf(run), request)).then(
        () => [request],
        () => [],
      ),
    ),
  );
  return taken.flat();
}

function linked(directory: string): DcganError {
  const said = `${directory} is a link, and nothing is written through one. Remove it.`;
  return new DcganError('ERR_OUTPUT', said, { value: directory });
}
