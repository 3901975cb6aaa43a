import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import * as v from 'valibot';
import { DcganError } from '../errors.js';
import { isMissing } from '../files/missing.js';
import { check } from '../options.js';
import { unreadable } from './record.js';
import { runNames } from './run_names.js';
import { RunReader } from './run_reader.js';
import type { Curves, RunDetails, RunSummary } from './run_view.js';

/** What has changed of some runs since they were looked at last. */
export interface RunsChange {
  readonly changed: readonly RunSummary[];
  /** Ids of runs that are gone. */
  readonly removed: readonly string[];
}

/** Milliseconds between two looks, so that what happens is told within a second. */
const pace = 800;

const schema = v.strictObject({
  paths: v.union([
    v.pipe(v.string(), v.nonEmpty('must be a path')),
    v.pipe(v.array(v.pipe(v.string(), v.nonEmpty('must be a path'))), v.nonEmpty('must name a run')),
  ]),
});

/**
 * Reads runs, dead or alive, from their directories and from nothing else. Each path is a run, or a folder of runs, in which later
 * ones show up by themselves. Changes nothing on disk; follows no link out of a run.
 * @throws DcganError ERR_CHECKPOINT_NOT_FOUND where there is nothing of that name, ERR_CHECKPOINT_READ when it cannot be looked at,
 * ERR_OPTION.
 * @example
 * const runs = await openRuns('runs');
 * for (const { id, name, state, step } of runs.list()) console.log(name, state, step, runs.details(id)?.samples.length);
 */
export async function openRuns(paths: string | readonly string[]): Promise<Runs> {
  const { paths: checked } = check(schema, { paths });
  const asked = [checked].flat();
  for (const path of asked) {
    await stat(path).catch((cause: unknown) => {
      if (!isMissing(cause)) throw unreadable(path, cause);
      const said = `${path} is no run and no folder of runs: there is nothing of that name. Name the directory of a run, or a folder that holds some.`;
      throw new DcganError('ERR_CHECKPOINT_NOT_FOUND', said, { value: path, cause });
    });
  }
  const runs = new Runs(asked);
  await runs.refresh();
  return runs;
}

/**
 * Some runs as they are read again and again. What it gives is as of the last `refresh`.
 * @example
 * const runs = await openRuns('runs');
 * await runs.refresh();
 * console.log(runs.list().map(({ name, state }) => `${name} ${state}`));
 */
export class Runs {
  readonly #readers = new Map<string, RunReader>();
  /** By id, in the order of the names. */
  #summaries = new Map<string, RunSummary>();
  #refreshing: Promise<void> | null = null;

  /** Not to be called: `openRuns` makes these. */
  constructor(private readonly paths: readonly string[]) {}

  /** All runs, in the order of their names. */
  list(): readonly RunSummary[] {
    return [...this.#summaries.values()];
  }

  /** The rows of losses of a run, from one on, as columns; null where there is no run of that id. */
  curves(id: string, from = 0): Curves | null {
    return this.#reader(id)?.curves(from) ?? null;
  }

  /** Everything else of a run; null where there is none of that id. */
  details(id: string): RunDetails | null {
    return this.#reader(id)?.details() ?? null;
  }

  /** Reads what has changed. What cannot be read is told as the `problem` of a run, and never thrown. */
  refresh(): Promise<void> {
    // Many may ask at once: a reader reads each line once.
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  /**
   * Looks more than once a second, and gives what has changed since it was called. Ends when the iteration is left, or the signal aborts.
   * @example
   * const runs = await openRuns('runs/0001');
   * for await (const { changed } of runs.changes(AbortSignal.timeout(10_000))) console.log(changed[0]?.step);
   */
  async *changes(signal?: AbortSignal): AsyncGenerator<RunsChange> {
    const known = new Map<string, string>();
    changeSince(known, this.list());
    while (!signal?.aborted) {
      await setTimeout(pace, undefined, { signal }).catch(() => undefined);
      if (!signal?.aborted) await this.refresh();
      const change = changeSince(known, this.list());
      if (change.changed.length + change.removed.length > 0) yield change;
    }
  }

  async #refresh(): Promise<void> {
    const directories = await this.#find();
    for (const directory of this.#readers.keys()) {
      if (!directories.includes(directory)) this.#readers.delete(directory);
    }
    for (const directory of directories) {
      if (this.#readers.has(directory)) continue;
      const reader = await RunReader.open(directory).catch(() => null);
      if (reader) this.#readers.set(directory, reader);
    }
    const readers = [...this.#readers.values()];
    for (const reader of readers) await reader.refresh();
    const names = runNames(readers.map(({ directory }) => directory));
    const summaries = readers.map((reader, i) => reader.summary(names[i]!));
    summaries.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
    this.#summaries = new Map(summaries.map((summary) => [summary.id, summary]));
  }

  #reader(id: string): RunReader | null {
    return [...this.#readers.values()].find((reader) => reader.id === id) ?? null;
  }

  /** The run directories that there are now: each path that is one, and what lies in the others. */
  async #find(): Promise<string[]> {
    const found = await Promise.all(this.paths.map(runsAt));
    return [...new Set(found.flat())];
  }
}

/** What is another than what is known, which is brought up to date. */
function changeSince(known: Map<string, string>, list: readonly RunSummary[]): RunsChange {
  const ids = new Set(list.map(({ id }) => id));
  const removed = [...known.keys()].filter((id) => !ids.has(id));
  for (const id of removed) known.delete(id);
  const changed = list.filter((summary) => {
    // Silence grows all the time: that it lasts too long is told by the state.
    const now = JSON.stringify({ ...summary, silent: null });
    const isNews = known.get(summary.id) !== now;
    known.set(summary.id, now);
    return isNews;
  });
  return { changed, removed };
}

async function runsAt(path: string): Promise<string[]> {
  if (await isRun(path)) return [path];
  // A folder that cannot be looked at for a moment may be there again at the next look.
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  const directories = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(path, name));
  const are = await Promise.all(directories.map(isRun));
  return directories.filter((_, i) => are[i]);
}

const isRun = (path: string): Promise<boolean> =>
  stat(join(path, 'config.json')).then(
    () => true,
    () => false,
  );
