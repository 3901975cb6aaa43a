import { appendFile, mkdir, readdir, readFile, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from '../checkpoint/checkpoint.js';
import { DcganError, systemCode } from '../errors.js';
import { makeDirectories, outputError, removeTemporaries, writeFileAtomically } from '../files/atomic.js';

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

/**
 * Makes a directory for a new run. A name that is null takes the next free one under `runs/`, also when several
 * processes ask at once.
 * @throws DcganError ERR_OUTPUT_EXISTS when the directory is there and not empty, ERR_OUTPUT when it cannot be made.
 */
export async function createRun(outDir: string | null): Promise<Run> {
  const directory = outDir ?? (await nextFree('runs'));
  try {
    await makeDirectories(directory);
    const found = await readdir(directory);
    if (found.length > 0) throw occupied(directory, found.includes('config.json'));
    // Of two processes that name the same directory at once, one makes this one.
    await mkdir(join(directory, 'checkpoints')).catch((error: unknown) => {
      throw systemCode(error) === 'EEXIST' ? occupied(directory, false) : error;
    });
    await makeDirectories(join(directory, 'samples'));
  } catch (error) {
    throw outputError(directory, error);
  }
  return new Run(directory);
}

/**
 * Opens an existing run to write on in it, and clears away what a killed process left half done.
 * @throws DcganError ERR_CHECKPOINT_NOT_FOUND when there is no run, ERR_OUTPUT when it cannot be written.
 */
export async function openRun(directory: string): Promise<Run> {
  if (!(await isRun(directory))) throw noRun(directory);
  const run = new Run(directory);
  try {
    for (const name of ['checkpoints', 'samples']) await makeDirectories(join(directory, name));
    for (const name of ['.', 'checkpoints', 'samples']) await removeTemporaries(join(directory, name));
    await run.truncateMetrics(Number.POSITIVE_INFINITY);
  } catch (error) {
    throw outputError(directory, error);
  }
  return run;
}

/**
 * Reads a checkpoint: of a run directory the newest that is whole, of a file itself. Changes nothing on disk.
 * @throws DcganError ERR_CHECKPOINT_NOT_FOUND, ERR_CHECKPOINT_FORMAT or ERR_CHECKPOINT_DIGEST.
 */
export async function resolveCheckpoint(runOrFile: string): Promise<LoadedCheckpoint> {
  const isDirectory = await stat(runOrFile).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isDirectory) return { path: runOrFile, checkpoint: await readCheckpoint(runOrFile), skipped: [] };
  const latest = await new Run(runOrFile).latestCheckpoint();
  if (latest !== null) return latest;
  if (!(await isRun(runOrFile))) throw noRun(runOrFile);
  const said = `The run ${runOrFile} has no checkpoint yet. Train it for longer, or name a checkpoint file.`;
  throw new DcganError('ERR_CHECKPOINT_NOT_FOUND', said, { value: runOrFile });
}

/**
 * A run directory: `config.json`, `metrics.jsonl`, `checkpoints/`, `samples/`. Made by `createRun` and `openRun`; one
 * process writes in it at a time, and awaits each call before the next.
 */
export class Run {
  constructor(readonly directory: string) {}

  /** Where the sample grid of an epoch belongs. */
  samplePath(epoch: number): string {
    return join(this.directory, 'samples', `epoch-${String(epoch).padStart(4, '0')}.png`);
  }

  /** Replaces `config.json`. @throws DcganError ERR_OUTPUT. */
  async writeConfig(config: object): Promise<void> {
    await writeFileAtomically(this.#path('config.json'), [
      Buffer.from(`${JSON.stringify(config, null, 2)}\n`),
    ]);
  }

  /** What `writeConfig` wrote, unchecked. @throws DcganError ERR_CHECKPOINT_NOT_FOUND, ERR_CHECKPOINT_FORMAT. */
  async readConfig(): Promise<Record<string, unknown>> {
    const path = this.#path('config.json');
    const text = await readFile(path, 'utf8').catch((cause: unknown) => {
      throw noRun(this.directory, cause);
    });
    try {
      const config: unknown = JSON.parse(text);
      if (typeof config === 'object' && config !== null) return config as Record<string, unknown>;
    } catch {
      // Said below, as for JSON that is no object.
    }
    const said = `${path} is not a JSON object. Repair it, or start another run.`;
    throw new DcganError('ERR_CHECKPOINT_FORMAT', said, { value: path });
  }

  /** Appends one line to `metrics.jsonl`. @throws DcganError ERR_OUTPUT. */
  async appendMetrics(metrics: object): Promise<void> {
    const path = this.#path('metrics.jsonl');
    await appendFile(path, `${JSON.stringify(metrics)}\n`).catch((error: unknown) => {
      throw outputError(path, error);
    });
  }

  /**
   * Cuts `metrics.jsonl` before its first line of a later step than `step`, and before a last line that is incomplete.
   * @throws DcganError ERR_OUTPUT.
   */
  async truncateMetrics(step: number): Promise<void> {
    const path = this.#path('metrics.jsonl');
    try {
      const bytes = await readFile(path);
      let end = 0;
      for (let next = bytes.indexOf('\n'); next >= 0; next = bytes.indexOf('\n', end)) {
        if (stepOf(bytes.toString('utf8', end, next)) > step) break;
        end = next + 1;
      }
      if (end < bytes.length) await truncate(path, end);
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw outputError(path, error);
    }
  }

  /**
   * Saves a checkpoint, and once it is durable removes the older ones that need not be kept.
   * @returns its path
   * @throws DcganError ERR_OUTPUT; then none is removed.
   */
  async saveCheckpoint(checkpoint: Checkpoint, keep: KeepOptions): Promise<string> {
    const directory = this.#path('checkpoints');
    const { step } = checkpoint;
    try {
      const older = (await listCheckpoints(directory)).filter((stored) => stored.step <= step);
      // The name says that it is kept: a later process needs to know no more than the directory's listing.
      const kept = keep.keepForGood || older.some((stored) => stored.step === step && stored.kept);
      const name = `step-${String(step).padStart(8, '0')}${kept ? '-kept' : ''}.safetensors`;
      const path = join(directory, name);
      await writeCheckpoint(path, checkpoint);
      const replaced = older.filter((stored) => stored.step === step && stored.path !== path);
      const outdated = older.filter((stored) => stored.step < step).slice(keep.keepLast - 1);
      for (const stored of [...replaced, ...outdated.filter((stored) => !stored.kept)]) {
        await rm(stored.path, { force: true });
      }
      return path;
    } catch (error) {
      throw outputError(directory, error);
    }
  }

  /**
   * The newest checkpoint that is whole, or null when there is none at all.
   * @throws DcganError what is wrong with the newest, when every one is damaged.
   */
  async latestCheckpoint(): Promise<LoadedCheckpoint | null> {
    const skipped: DcganError[] = [];
    for (const { path } of await listCheckpoints(this.#path('checkpoints'))) {
      try {
        return { path, checkpoint: await readCheckpoint(path), skipped };
      } catch (error) {
        if (!(error instanceof DcganError && error.code.startsWith('ERR_CHECKPOINT'))) throw error;
        skipped.push(error);
      }
    }
    if (skipped[0] !== undefined) throw skipped[0];
    return null;
  }

  #path(name: string): string {
    return join(this.directory, name);
  }
}

/** Whole checkpoints by their names, newest first; temporaries have other names. */
async function listCheckpoints(directory: string): Promise<StoredCheckpoint[]> {
  const names = await readdir(directory).catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error))) return [];
    throw new DcganError(
      'ERR_CHECKPOINT_NOT_FOUND',
      `${directory} cannot be read: ${(error as Error).message}.`,
      {
        value: directory,
        cause: error,
      },
    );
  });
  const stored = names.flatMap((name) => {
    const match = /^step-(\d{8,16})(-kept)?\.safetensors$/.exec(name);
    return match
      ? [{ path: join(directory, name), step: Number(match[1]), kept: match[2] !== undefined }]
      : [];
  });
  return stored.sort((a, b) => b.step - a.step);
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

function isRun(directory: string): Promise<boolean> {
  return stat(join(directory, 'config.json')).then(
    (found) => found.isFile(),
    () => false,
  );
}

function noRun(directory: string, cause?: unknown): DcganError {
  const said = `There is no run in ${directory}. Name a directory that holds a config.json.`;
  return new DcganError('ERR_CHECKPOINT_NOT_FOUND', said, { value: directory, cause });
}

function occupied(directory: string, holdsRun: boolean): DcganError {
  const said = holdsRun
    ? `${directory} already holds a run. Continue it with --resume, or choose another name.`
    : `${directory} is not empty. Choose another name.`;
  return new DcganError('ERR_OUTPUT_EXISTS', said, { value: directory });
}

/** The step of a line of metrics; -Infinity for a line without one, which no truncation by step may remove. */
function stepOf(line: string): number {
  try {
    const { step } = JSON.parse(line) as { step?: unknown };
    return typeof step === 'number' ? step : Number.NEGATIVE_INFINITY;
  } catch {
    return Number.NEGATIVE_INFINITY;
  }
}
