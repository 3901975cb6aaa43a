import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { outputError } from '../files/output_error.js';

/** `metrics.jsonl` of a run that is being written: one JSON object a line, in the order of the steps. */
export class MetricsFile {
  readonly #path: string;
  readonly #file: FileHandle;
  /**
   * Bytes of the lines that count. What lies behind is a line that could not be written to its end, or what an earlier
   * training wrote after the step that this one goes on from.
   */
  #size: number;

  private constructor(path: string, file: FileHandle, size: number) {
    this.#path = path;
    this.#file = file;
    this.#size = size;
  }

  /**
   * Opens the metrics of a run to go on from a step. What is of a later step, and a last line that is incomplete, is cut
   * off when training has come to something to put in its place.
   * @throws DcganError ERR_OUTPUT.
   */
  static async open(run: string, step: number): Promise<MetricsFile> {
    const path = join(run, 'metrics.jsonl');
    let file: FileHandle | null = null;
    try {
      file = await open(path, 'a+');
      return new MetricsFile(path, file, endOfLines(await file.readFile(), step));
    } catch (error) {
      await file?.close().catch(() => undefined);
      throw outputError(path, error);
    }
  }

  /** Appends one line, whole or not at all. @throws DcganError ERR_OUTPUT. */
  async append(metrics: object): Promise<void> {
    try {
      await this.#cut();
      await this.#write(Buffer.from(`${JSON.stringify(metrics)}\n`));
    } catch (error) {
      throw outputError(this.#path, error);
    }
  }

  async #write(line: Buffer): Promise<void> {
    try {
      for (let written = 0; written < line.length; ) {
        written += (await this.#file.write(line, written)).bytesWritten;
      }
      this.#size += line.length;
    } catch (error) {
      await this.#file.truncate(this.#size).catch(() => undefined);
      throw error;
    }
  }

  /** Makes what was appended last through a power cut. @throws DcganError ERR_OUTPUT. */
  async sync(): Promise<void> {
    try {
      await this.#cut();
      await this.#file.datasync();
    } catch (error) {
      throw outputError(this.#path, error);
    }
  }

  /** Cuts off what does not count: no line may be appended to it, and no checkpoint may make it count again. */
  async #cut(): Promise<void> {
    if ((await this.#file.stat()).size !== this.#size) await this.#file.truncate(this.#size);
  }

  async close(): Promise<void> {
    await this.#file.close().catch(() => undefined);
  }
}

/** Where the whole lines end that are not of a later step than `step`. */
function endOfLines(bytes: Buffer, step: number): number {
  let end = 0;
  for (let next = bytes.indexOf('\n'); next >= 0; next = bytes.indexOf('\n', end)) {
    if (stepOf(bytes.toString('utf8', end, next)) > step) break;
    end = next + 1;
  }
  return end;
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
