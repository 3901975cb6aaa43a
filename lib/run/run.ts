import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type CheckpointInput, inputName, readCheckpoint } from '../checkpoint/checkpoint.js';
import { DcganError, systemCode } from '../errors.js';
import { makeDirectories } from '../files/directories.js';
import { isMissing, whenMissing } from '../files/missing.js';
import { outputError } from '../files/output_error.js';
import { bestCheckpoint, hasCheckpoints, type LoadedCheckpoint, latestCheckpoint } from './checkpoints.js';
import { readConfig, unreadable } from './record.js';
import { lastSession, locked, type Session, type SessionTask } from './sessions.js';
import { RunWriter } from './writer.js';

/** A run directory as it was found. */
export interface OpenedRun {
  readonly directory: string;
  /** What `config.json` says, unchecked. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The newest checkpoint that is whole; null before the first. */
  readonly latest: LoadedCheckpoint | null;
  /** Who wrote in it last; null for a run of a version that did not keep this. */
  readonly session: Session | null;
}

/**
 * Reads a run directory. Changes nothing on disk, and may be called while the run is written.
 * @throws DcganError ERR_CHECKPOINT_NOT_FOUND when there is no run, ERR_CHECKPOINT_FORMAT or ERR_CHECKPOINT_DIGEST when
 * all that it has is damaged, ERR_CHECKPOINT_READ when it cannot be read.
 * @example
 * const { config, latest } = await openRun('runs/first');
 * console.log(config.model, latest?.checkpoint.step);
 */
export async function openRun(directory: string): Promise<OpenedRun> {
  const config = await readConfig(directory);
  // Before the checkpoint: whoever writes from now on is noticed when this run is to be written.
  const session = await sessionOf(directory);
  return { directory, config, latest: await latestCheckpoint(directory), session };
}

/**
 * Makes a directory for a new run, and owns it. A name that is null takes the next free one under `runs/`, also when
 * several processes ask at once. A directory in which a start failed before anything was trained may be used again.
 * @throws DcganError ERR_OUTPUT_EXISTS when the directory holds something, ERR_RUN_LOCKED when another process begins a
 * run in it, ERR_OUTPUT when it cannot be made.
 */
export async function createRun(
  outDir: string | null,
  step = 0,
  task: SessionTask | null = null,
): Promise<RunWriter> {
  const directory = outDir ?? (await nextFree('runs'));
  try {
    await makeDirectories(directory);
    const seen = await lastSession(directory);
    // Who goes on may end before this run begins, and leave what was not there when it was looked for.
    if (seen && !seen.isOver) throw locked(directory, seen);
    await refuseContent(directory);
    return await RunWriter.begin(directory, seen?.number ?? 0, step, task);
  } catch (error) {
    throw outputError(directory, error);
  }
}

/**
 * Reads a checkpoint: of a run directory the newest that is whole, of a file or of its bytes itself; one that was read is taken as
 * it is. Changes nothing on disk.
 * @throws DcganError ERR_CHECKPOINT_NOT_FOUND, ERR_CHECKPOINT_FORMAT, ERR_CHECKPOINT_DIGEST or ERR_CHECKPOINT_READ.
 */
export async function resolveCheckpoint(
  runOrFile: CheckpointInput | LoadedCheckpoint,
): Promise<LoadedCheckpoint> {
  if (isLoaded(runOrFile)) return runOrFile;
  if (typeof runOrFile !== 'string' || !(await isDirectory(runOrFile))) {
    return { path: inputName(runOrFile), checkpoint: await readCheckpoint(runOrFile), skipped: [] };
  }
  const latest = await latestCheckpoint(runOrFile);
  if (latest !== null) return latest;
  await readConfig(runOrFile);
  const said = `The run ${runOrFile} has no checkpoint yet. Train it for longer, or name a checkpoint file.`;
  throw new DcganError('ERR_CHECKPOINT_NOT_FOUND', said, { value: runOrFile });
}

function isLoaded(checkpoint: CheckpointInput | LoadedCheckpoint): checkpoint is LoadedCheckpoint {
  return typeof checkpoint === 'object' && checkpoint !== null && 'skipped' in checkpoint;
}

/**
 * The same, or of a run its best model.
 * @throws DcganError ERR_CHECKPOINT_…; ERR_OPTION where the best of a file is wanted.
 */
export async function resolveModel(runOrFile: string, best: boolean): Promise<LoadedCheckpoint> {
  if (!best) return resolveCheckpoint(runOrFile);
  if (await isDirectory(runOrFile)) return bestCheckpoint(runOrFile);
  const said = `Option 'best' is wrong: ${runOrFile} is no run, which keeps several models. Leave it out, or name a run.`;
  throw new DcganError('ERR_OPTION', said, { value: runOrFile });
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (isMissing(error)) return false;
    throw unreadable(path, error);
  }
}

/** Whether a directory holds a run that was begun. @throws DcganError ERR_CHECKPOINT_READ. */
export async function holdsRun(directory: string): Promise<boolean> {
  return stat(join(directory, 'config.json'))
    .then(() => true)
    .catch(whenMissing(false))
    .catch((error: unknown) => {
      throw unreadable(directory, error);
    });
}

/** The newest session of a run; null when there was none. @throws DcganError ERR_CHECKPOINT_READ. */
export async function sessionOf(directory: string): Promise<Session | null> {
  return lastSession(directory).catch((error: unknown) => {
    throw unreadable(directory, error);
  });
}

/** Makes the next free `parent/0001`, `parent/0002`, …. Whoever makes the directory has the name. */
async function nextFree(parent: string): Promise<string> {
  try {
    await makeDirectories(parent);
    const taken = (await readdir(parent)).filter((name) => /^\d{4,9}$/.test(name)).map(Number);
    for (let number = Math.max(0, ...taken) + 1; ; number++) {
      const path = join(parent, String(number).padStart(4, '0'));
      if (await makeNew(path)) return path;
    }
  } catch (error) {
    throw outputError(parent, error);
  }
}

async function makeNew(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** @throws DcganError ERR_OUTPUT_EXISTS for a directory with anything in it but an attempt to begin a run. */
async function refuseContent(directory: string): Promise<void> {
  const found = await readdir(directory);
  const isForeign = found.some((name) => !ours.has(name) && !name.endsWith('.tmp'));
  if (!isForeign && !(await holdsTraining(directory))) return;
  const said = found.includes('config.json')
    ? `${directory} already holds a run. Continue it with GanTrainer.resume, or choose another outDir.`
    : `${directory} is not empty. Choose another outDir.`;
  throw new DcganError('ERR_OUTPUT_EXISTS', said, { value: directory });
}

/** What is in a run directory. */
const ours: ReadonlySet<string> = new Set([
  'config.json',
  'metrics.jsonl',
  'plot.svg',
  'plot.png',
  'checkpoints',
  'requests',
  'samples',
  'sessions',
  'tensorboard',
]);

/** Whether anything came of a run: a checkpoint, a picture, a line of metrics. */
async function holdsTraining(directory: string): Promise<boolean> {
  const { size } = await stat(join(directory, 'metrics.jsonl')).catch(whenMissing({ size: 0 }));
  const pictures = await readdir(join(directory, 'samples')).catch(whenMissing<string[]>([]));
  return size > 0 || pictures.length > 0 || (await hasCheckpoints(directory));
}
