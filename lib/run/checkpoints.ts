import { copyFile, link, lstat, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from '../checkpoint/checkpoint.js';
import { DcganError } from '../errors.js';
import { syncDirectory } from '../files/directories.js';
import { whenMissing } from '../files/missing.js';
import { outputError } from '../files/output_error.js';
import { temporaryBeside } from '../files/temporaries.js';

/** A checkpoint that was read, and those that are newer but damaged. */
export interface LoadedCheckpoint {
  readonly path: string;
  readonly checkpoint: Checkpoint;
  /** Why each newer checkpoint of the run was passed over, newest first; each `value` is its path. */
  readonly skipped: readonly DcganError[];
}

/** Which checkpoints a run keeps. */
export interface KeepOptions {
  /** How many of the newest stay, at least 1. */
  readonly keepLast: number;
  /** Whether the one being saved stays for good. */
  readonly keepForGood: boolean;
}

interface StoredCheckpoint {
  readonly path: string;
  readonly step: number;
  readonly kept: boolean;
}

const directoryOf = (run: string): string => join(run, 'checkpoints');

/** What a file is that was read whole and is wrong. Whatever else fails says nothing about the file. */
const damage: ReadonlySet<string> = new Set([
  'ERR_CHECKPOINT_FORMAT',
  'ERR_CHECKPOINT_DIGEST',
  'ERR_CHECKPOINT_MISMATCH',
]);

/** How often a run that is being written may take away what was to be read before that is an error. */
const mostListings = 10;

/**
 * The newest checkpoint of a run that is whole, or null when there is none at all. Also while the run is written.
 * @throws DcganError what is wrong with the newest, when every one is damaged; ERR_CHECKPOINT_READ when one cannot be
 * read, since it may be whole.
 */
export async function latestCheckpoint(run: string): Promise<LoadedCheckpoint | null> {
  for (let listing = 1; ; listing++) {
    try {
      return await latestOf(await listCheckpoints(run));
    } catch (error) {
      // Its writer has made a newer one and removed this one meanwhile.
      const isGone = error instanceof DcganError && error.code === 'ERR_CHECKPOINT_NOT_FOUND';
      if (!isGone || listing === mostListings) throw error;
    }
  }
}

async function latestOf(stored: readonly StoredCheckpoint[]): Promise<LoadedCheckpoint | null> {
  const skipped: DcganError[] = [];
  for (const { path } of stored) {
    try {
      return { path, checkpoint: await readCheckpoint(path), skipped };
    } catch (error) {
      if (!(error instanceof DcganError && damage.has(error.code))) throw error;
      skipped.push(error);
    }
  }
  if (skipped[0] !== undefined) throw skipped[0];
  return null;
}

/** What is to be told of newer checkpoints that were passed over for the one at `path`. */
export function skippedNotices(path: string, skipped: readonly DcganError[]): string[] {
  return skipped.map(({ message }) => `${message} Instead of it ${path} was taken.`);
}

/** Whether a run has any checkpoint, whole or not. @throws the system's error. */
export async function hasCheckpoints(run: string): Promise<boolean> {
  return (await storedCheckpoints(directoryOf(run))).length > 0;
}

/**
 * Saves a checkpoint into a run, and once it is durable removes the older ones that need not be kept.
 * @returns its path
 * @throws DcganError ERR_OUTPUT; then none is removed.
 */
export async function saveCheckpoint(
  run: string,
  checkpoint: Checkpoint,
  keep: KeepOptions,
): Promise<string> {
  const directory = directoryOf(run);
  const { step } = checkpoint;
  const stored = await storedCheckpoints(directory).catch((error: unknown) => {
    throw outputError(directory, error);
  });
  const older = stored.filter((stored) => stored.step <= step);
  // The name says that it is kept: a later process needs to know no more than the directory's listing.
  const kept = keep.keepForGood || older.some((stored) => stored.step === step && stored.kept);
  const name = `step-${String(step).padStart(8, '0')}${kept ? '-kept' : ''}.safetensors`;
  const path = join(directory, name);
  await writeCheckpoint(path, checkpoint);
  const replaced = older.filter((stored) => stored.step === step && stored.path !== path);
  const outdated = older.filter((stored) => stored.step < step).slice(keep.keepLast - 1);
  for (const stored of [...replaced, ...outdated.filter((stored) => !stored.kept)]) {
    await rm(stored.path, { force: true }).catch((error: unknown) => {
      throw outputError(stored.path, error);
    });
  }
  return path;
}

/** What the best model of a run is called. */
const bestName = 'best.safetensors';

/**
 * Keeps a checkpoint of a run as its best model: under a second name of the same file, so that nothing is written twice, and
 * it stays when the checkpoint is removed.
 * @throws DcganError ERR_OUTPUT.
 */
export async function keepBest(run: string, path: string): Promise<void> {
  const best = join(directoryOf(run), bestName);
  const temporary = temporaryBeside(best);
  try {
    // Not every file system has links.
    await link(path, temporary).catch(() => copyFile(path, temporary));
    await rename(temporary, best);
    await syncDirectory(directoryOf(run));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw outputError(best, error);
  }
}

/** The best model of a run. @throws DcganError ERR_CHECKPOINT_NOT_FOUND where none was kept, ERR_CHECKPOINT_…. */
export async function bestCheckpoint(run: string): Promise<LoadedCheckpoint> {
  const path = join(directoryOf(run), bestName);
  try {
    return { path, checkpoint: await readCheckpoint(path), skipped: [] };
  } catch (cause) {
    if (!(cause instanceof DcganError && cause.code === 'ERR_CHECKPOINT_NOT_FOUND')) throw cause;
    const said = `The run ${run} keeps no best model: it was trained without evaluations. Take its newest, or train with evaluateEvery.`;
    throw new DcganError('ERR_CHECKPOINT_NOT_FOUND', said, { value: path, cause });
  }
}

/** The checkpoints of a run, newest first. @throws DcganError ERR_CHECKPOINT_READ. */
async function listCheckpoints(run: string): Promise<StoredCheckpoint[]> {
  const directory = directoryOf(run);
  return storedCheckpoints(directory).catch((cause: unknown) => {
    const said = `${directory} cannot be read: ${(cause as Error).message}.`;
    throw new DcganError('ERR_CHECKPOINT_READ', said, { value: directory, cause });
  });
}

/** A checkpoint of a run as its directory lists it. */
export interface ListedCheckpoint {
  readonly path: string;
  /** null where the name does not tell it. */
  readonly step: number | null;
  readonly kept: boolean;
  readonly bytes: number;
  readonly isBest: boolean;
}

/**
 * The checkpoints of a run, newest first, none of them opened; the best is listed under its second name, without a step, where
 * that is the only one that is left. Also while the run is written.
 * @throws the system's error.
 */
export async function listedCheckpoints(run: string): Promise<ListedCheckpoint[]> {
  const directory = directoryOf(run);
  const best = await lstat(join(directory, bestName)).catch(whenMissing(null));
  const stored = await storedCheckpoints(directory);
  const found = await Promise.all(
    stored.map(async (checkpoint) => {
      const file = await lstat(checkpoint.path).catch(whenMissing(null));
      if (!file?.isFile()) return [];
      return [{ ...checkpoint, bytes: file.size, isBest: best !== null && file.ino === best.ino }];
    }),
  );
  const listed = found.flat();
  if (!best?.isFile() || listed.some(({ isBest }) => isBest)) return listed;
  return [
    ...listed,
    { path: join(directory, bestName), step: null, kept: true, bytes: best.size, isBest: true },
  ];
}

/** Whole checkpoints by their names, newest first; temporaries have other names. @throws the system's error. */
async function storedCheckpoints(directory: string): Promise<StoredCheckpoint[]> {
  const names = await readdir(directory).catch(whenMissing<string[]>([]));
  const stored = names.flatMap((name) => {
    const match = /^step-(\d{8,16})(-kept)?\.safetensors$/.exec(name);
    return match
      ? [{ path: join(directory, name), step: Number(match[1]), kept: match[2] !== undefined }]
      : [];
  });
  return stored.sort((a, b) => b.step - a.step);
}
