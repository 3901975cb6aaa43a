import { type FileHandle, open, readdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DcganError } from '../errors.js';
import { appendWhole } from '../files/append.js';
import { makeDirectories } from '../files/directories.js';
import { outputError } from '../files/output_error.js';
import { type Event, encodeEvent, sessionStart, type Value } from './event_schema.js';
import { record } from './records.js';

/** What every event file begins with. Since this version the start of a session hides what it takes the place of. */
const fileVersion = 'brain.Event:2';

/**
 * The name of a file that comes after those of the directory, also where the clock was set: TensorBoard reads them in the order
 * of their names, and looks at no earlier one again.
 * @param isNew whether there may be no others
 */
async function nextName(directory: string, isNew: boolean): Promise<string> {
  const names = await readdir(directory);
  const earlier = names.flatMap((name) => /^events\.out\.tfevents\.(\d+)\./.exec(name)?.[1] ?? []);
  if (isNew && earlier.length > 0) {
    const said = `${directory} already holds event files of another run. Remove it, or name another directory for 'tensorboard'.`;
    throw new DcganError('ERR_OUTPUT_EXISTS', said, { value: directory });
  }
  const seconds = Math.max(Math.floor(Date.now() / 1000), ...earlier.map((second) => Number(second) + 1));
  return `events.out.tfevents.${String(seconds).padStart(10, '0')}.${hostname()}.${process.pid}.0`;
}

/** The bytes of a record that holds an event of now. */
function recordOf(event: Omit<Event, 'wall_time'>): Buffer {
  return record(encodeEvent({ wall_time: Date.now() / 1000, ...event }));
}

/** A file of events, which TensorBoard reads while it grows. One call is awaited before the next. */
export class EventFile {
  /** Bytes of whole records. */
  #size = 0;

  private constructor(
    readonly path: string,
    private readonly file: FileHandle,
    /** Says that a session has begun; written before the first event. */
    private start: Buffer,
  ) {}

  /**
   * Begins a file in a directory, which is made when it is not there. What earlier files have of later steps than `step` is
   * shown no more once there is something to put in its place.
   * @param step the model's
   * @param isNew whether the training is one of which nothing was written yet
   * @throws DcganError ERR_OUTPUT; ERR_OUTPUT_EXISTS where a new one would mix with another.
   */
  static async begin(directory: string, step: number, isNew: boolean): Promise<EventFile> {
    let file: FileHandle | null = null;
    try {
      await makeDirectories(directory);
      const path = join(directory, await nextName(directory, isNew));
      file = await open(path, 'ax');
      // TensorBoard drops the step that it names, too, and that one is good.
      const start = isNew ? Buffer.alloc(0) : recordOf({ step: step + 1, session_log: sessionStart });
      const begun = new EventFile(path, file, start);
      await begun.#write(recordOf({ file_version: fileVersion }));
      return begun;
    } catch (error) {
      await file?.close().catch(() => undefined);
      throw outputError(directory, error);
    }
  }

  /** Appends an event, whole or not at all. @throws DcganError ERR_OUTPUT. */
  async append(step: number, value: readonly Value[]): Promise<void> {
    try {
      await this.#write(Buffer.concat([this.start, recordOf({ step, summary: { value } })]));
      this.start = Buffer.alloc(0);
    } catch (error) {
      throw outputError(this.path, error);
    }
  }

  /** Makes what was appended last through a power cut. @throws DcganError ERR_OUTPUT. */
  async sync(): Promise<void> {
    await this.file.datasync().catch((error: unknown) => {
      throw outputError(this.path, error);
    });
  }

  async close(): Promise<void> {
    await this.file.close().catch(() => undefined);
  }

  /** Whole or not at all: nothing behind half a record could be read. */
  async #write(bytes: Buffer): Promise<void> {
    this.#size = await appendWhole(this.file, bytes, this.#size);
  }
}
