import { type FileHandle, open, readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { DcganError, systemCode } from '../errors.js';
import { makeDirectories, syncDirectory } from '../files/directories.js';
import { whenMissing } from '../files/missing.js';
import { outputError } from '../files/output_error.js';
import { hasEnded, thisProcess } from '../files/process_mark.js';
import { openRegular } from '../files/regular.js';
import { temporaryBeside } from '../files/temporaries.js';

/**
 * Who writes a run, and who wrote it before: `sessions/0001.json`, `0002.json`, …, one for each `fit`. The highest
 * number owns the run, as long as its file says that it goes on and is touched every few seconds. Who comes next makes
 * the next number, which a file system gives to one only; none is ever removed, so a number that was passed over stays
 * passed over. Nothing here depends on clocks of several machines: ages are differences of times that one file system
 * gave.
 */

/** Seconds between two touches of the file of a session that goes on. */
export const heartbeatEvery = 5;
/** Seconds without a touch after which a session is taken for dead. */
export const staleAfter = 60;

const markSchema = v.object({
  space: v.nullable(v.string()),
  pid: v.number(),
  start: v.nullable(v.string()),
});

/** What a training was asked for, and where it began. */
const taskSchema = v.object({
  /** The model's step before this session's first. */
  step: v.number(),
  /** Epochs and steps asked for, where they are: whichever ends first. */
  epochs: v.nullable(v.number()),
  steps: v.nullable(v.number()),
  stepsPerEpoch: v.number(),
});

const recordSchema = v.object({
  host: v.string(),
  process: markSchema,
  /** ISO 8601, by the clock of that host. */
  started: v.string(),
  task: v.nullable(taskSchema),
});

export type SessionTask = Readonly<v.InferOutput<typeof taskSchema>>;
export type SessionRecord = v.InferOutput<typeof recordSchema>;

/** A session as its file shows it. */
export interface Session {
  readonly number: number;
  /** Null when the file cannot be understood: it is just being written, or by a version to come. */
  readonly record: SessionRecord | null;
  /** Whether it has ended, by its own word, by proof, or because it gives no sign of life. */
  readonly isOver: boolean;
  /** Whether that is its own word. */
  readonly saidSo: boolean;
  /** Seconds since its last sign of life. */
  readonly silent: number;
}

const nameOf = (number: number): string => `${String(number).padStart(4, '0')}.json`;
const directoryOf = (run: string): string => join(run, 'sessions');
const endedName = (number: number): string => `${String(number).padStart(4, '0')}.ended`;

/**
 * The newest session of a run; null when there was none, as in a run of an earlier version.
 * @param now the time by the clock of the file system, in milliseconds
 * @throws the system's error.
 */
export async function lastSession(run: string, now = Date.now()): Promise<Session | null> {
  const names = await readdir(directoryOf(run)).catch(whenMissing<string[]>([]));
  const number = Math.max(0, ...names.map((name) => Number(/^(\d{4,9})\.json$/.exec(name)?.[1] ?? 0)));
  if (number === 0) return null;
  // Opened first: a network file system then asks its server what the times are, and may remember them otherwise.
  const path = join(directoryOf(run), nameOf(number));
  const { file } = await openRegular(path, (found) => new Error(`it is a ${found}`));
  const { mtimeMs, record } = await file
    .stat()
    .then(async ({ mtimeMs }) => ({ mtimeMs, record: recordIn(await file.readFile('utf8')) }))
    .finally(() => file.close());
  const silent = Math.max(0, (now - mtimeMs) / 1000);
  const saidSo = names.includes(endedName(number));
  const isOver = saidSo || silent > staleAfter || (record !== null && hasEnded(record.process));
  return { number, record, isOver, saidSo, silent };
}

function recordIn(text: string): SessionRecord | null {
  try {
    return v.parse(recordSchema, JSON.parse(text));
  } catch {
    return null;
  }
}

/** A run that this process owns, from `begin` to `end`. */
export class OwnedSession {
  readonly #run: string;
  readonly #file: FileHandle;
  readonly #timer: NodeJS.Timeout;
  readonly #size: number;

  private constructor(
    run: string,
    readonly number: number,
    /** When it began by the clock of the file system, in milliseconds. */
    readonly began: number,
    /** The same by the clock of this host, ISO 8601. */
    readonly started: string,
    file: FileHandle,
    size: number,
  ) {
    this.#run = run;
    this.#file = file;
    this.#size = size;
    this.#timer = setInterval(() => void this.#touch(), heartbeatEvery * 1000);
    this.#timer.unref();
  }

  /**
   * Takes ownership of a run.
   * @param seen the number of the last session that the caller knows of; 0 for none
   * @throws DcganError ERR_RUN_LOCKED when another session goes on, ERR_RUN_CHANGED when there was one that the caller
   * does not know of, ERR_OUTPUT when nothing can be written.
   */
  static async begin(run: string, seen: number, task: SessionTask | null): Promise<OwnedSession> {
    try {
      await makeDirectories(directoryOf(run));
      const now = await fileSystemTime(directoryOf(run));
      const last = await lastSession(run, now);
      if (last && !last.isOver) throw locked(run, last);
      if ((last?.number ?? 0) !== seen) throw changed(run);
      return await OwnedSession.#make(run, seen + 1, task);
    } catch (error) {
      throw outputError(run, error);
    }
  }

  static async #make(run: string, number: number, task: SessionTask | null): Promise<OwnedSession> {
    const directory = directoryOf(run);
    const record: SessionRecord = {
      host: hostname(),
      process: thisProcess(),
      started: new Date().toISOString(),
      task,
    };
    const text = `${JSON.stringify(record, null, 2)}\n`;
    const file = await open(join(directory, nameOf(number)), 'wx').catch(async (error: unknown) => {
      if (systemCode(error) !== 'EEXIST') throw error;
      // Another process was quicker.
      const winner = await lastSession(run);
      throw winner && !winner.isOver ? locked(run, winner) : changed(run);
    });
    try {
      await file.write(text, 0);
      await file.sync();
      await syncDirectory(directory);
      const { mtimeMs } = await file.stat();
      return new OwnedSession(run, number, mtimeMs, record.started, file, Buffer.byteLength(text));
    } catch (error) {
      // Nothing was written under this number, so that it may be given once more.
      await file.close().catch(() => undefined);
      await rm(join(directory, nameOf(number)), { force: true }).catch(() => undefined);
      throw error;
    }
  }

  /**
   * Makes sure that the run is still this session's. It is not when this process was stopped for long, or its machine
   * slept, and another one took the run over meanwhile.
   * @throws DcganError ERR_RUN_CHANGED; ERR_OUTPUT when it cannot be told.
   */
  async check(): Promise<void> {
    const next = join(directoryOf(this.#run), nameOf(this.number + 1));
    const found = await stat(next)
      .catch(whenMissing(null))
      .catch((error: unknown) => {
        throw outputError(this.#run, error);
      });
    if (found === null) return;
    const said = `Another process has taken over ${this.#run}, because this one gave no sign of life for ${staleAfter} seconds. Nothing more is written. Resume the run anew once that one has ended.`;
    throw new DcganError('ERR_RUN_CHANGED', said, { value: this.#run });
  }

  /** Gives the run free. When that cannot be written, others wait until the session is stale, or proved to be over. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#file.close().catch(() => undefined);
    // A file beside its own: on a full disk an empty one can still be made.
    await open(join(directoryOf(this.#run), endedName(this.number)), 'w').then(
      (file) => file.close(),
      () => undefined,
    );
  }

  /** Writes the last byte once more: the file system then sets its own time. */
  async #touch(): Promise<void> {
    // What cannot be touched goes stale: whoever takes over then makes the next `check` fail.
    await this.#file
      .write('\n', this.#size - 1)
      .then(() => this.#file.datasync())
      .catch(() => undefined);
  }
}

/** The time that a file system gives to what is written now, in milliseconds. */
async function fileSystemTime(directory: string): Promise<number> {
  const path = temporaryBeside(join(directory, 'now'));
  const file = await open(path, 'wx');
  try {
    return (await file.stat()).mtimeMs;
  } finally {
    await file.close();
    await rm(path, { force: true });
  }
}

/** The ERR_RUN_LOCKED for a run that `session` writes. */
export function locked(run: string, { record, silent }: Session): DcganError {
  const who = record
    ? `process ${record.process.pid} on ${record.host} since ${record.started}`
    : 'another process';
  const said = `${run} is being written by ${who} (its last sign of life was ${Math.round(silent)} s ago). Wait until that one has ended, or choose another directory. A run whose process is gone is free after ${staleAfter} seconds.`;
  return new DcganError('ERR_RUN_LOCKED', said, { value: run });
}

function changed(run: string): DcganError {
  const said = `${run} was trained by another process since it was opened here. Resume it anew.`;
  return new DcganError('ERR_RUN_CHANGED', said, { value: run });
}
