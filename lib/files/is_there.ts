import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';

/** Whether there is anything at a path; what cannot be looked at is nothing. */
export const isThere = (path: string): Promise<boolean> => is(path, () => true);

/** Whether there is a file. */
export const isFile = (path: string): Promise<boolean> => is(path, (found) => found.isFile());

/** Whether there is a directory. */
export const isDirectory = (path: string): Promise<boolean> => is(path, (found) => found.isDirectory());

const is = (path: string, what: (found: Stats) => boolean): Promise<boolean> =>
  stat(path).then(what, () => false);
