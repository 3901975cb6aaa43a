import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

/** Temporary directories of a fetch begin so; no other process takes what is in them for a libtorch. */
export const temporaryPrefix = '.fetch-';

/** A directory of a fetch's own, below the one that it fetches into. */
export interface Temporary {
  readonly path: string;
  /** Removes it, as `discard` does; what cannot be removed is left to a later fetch. */
  readonly close: () => void;
}

/** Seconds between two signs of life, and those after which a temporary directory belongs to a fetch that was killed. */
const heartbeat = 20;
const staleAfter = 600;

/** Makes one, which shows by its time that its fetch goes on: process numbers say nothing to another machine. */
export function makeTemporary(directory: string): Temporary {
  const path = mkdtempSync(join(directory, temporaryPrefix));
  const beat = setInterval(() => quietly(() => utimesSync(path, new Date(), new Date())), heartbeat * 1000);
  beat.unref();
  const close = () => {
    clearInterval(beat);
    quietly(() => discard(path, directory));
  };
  return { path, close };
}

/** Removes the temporary directories of fetches that were killed, as far as that is possible. */
export function removeStale(directory: string): void {
  const names = readdirSync(directory).filter((name) => name.startsWith(temporaryPrefix));
  for (const path of names.map((name) => join(directory, name))) {
    quietly(() => {
      if (Date.now() - statSync(path).mtimeMs > staleAfter * 1000) discard(path, directory);
    });
  }
}

/**
 * Removes a temporary directory. A libtorch that was set aside in it goes back to its place where that is empty: whoever
 * set it aside has not come to put another there.
 * @throws the system's error; a libtorch that could not go back is then still in it
 */
function discard(path: string, directory: string): void {
  for (const name of readdirSync(path).filter((name) => name.startsWith('libtorch-'))) {
    const place = join(directory, name);
    if (!existsSync(place)) renameSync(join(path, name), place);
  }
  rmSync(path, { recursive: true, force: true });
}

function quietly(call: () => void): void {
  try {
    call();
  } catch {
    // What it was to do is not what its caller is there for.
  }
}
