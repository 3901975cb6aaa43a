import { type FileHandle, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { appendWhole } from '../files/append.js';
import { whenMissing } from '../files/missing.js';
import { outputError } from '../files/output_error.js';

/** A line of metrics: what happened, at which step, with the time and the session in which it was written. */
export type MetricsRow = Readonly<Record<string, unknown>> & { readonly type: string; readonly step: number };

/**
 * The lines of a run's metrics that are whole. Also while the run is written.
 * @throws the system's error.
 */
export async function readMetrics(run: string): Promise<MetricsRow[]> {
  const bytes = await readFile(join(run, 'metrics.jsonl')).catch(whenMissing(Buffer.alloc(0)));
  return rowsUntil(bytes, Number.POSITIVE_INFINITY).rows;
}

/** `metrics.jsonl` of a run that is being written: one JSON object a line, in the order of the steps. */
export class MetricsFile {
  readonly #path: string;
  readonly #file: FileHandle;
  /**
   * Bytes of the lines that count. What lies behind is a line that could not be written to its end, or what an earlier
   * training wrote after the step that this one goes on from.
   */
  #size: number;
  /** Lines that go before the next one. */
  #held: object[] = [];

  private constructor(
    path: string,
    file: FileHandle,
    size: number,
    /** The lines that there were when it was opened, and count. */
    readonly before: readonly MetricsRow[],
  ) {
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
      const { rows, end } = rowsUntil(await file.readFile(), step);
      return new MetricsFile(path, file, end, rows);
    } catch (error) {
      await file?.close().catch(() => undefined);
      throw outputError(path, error);
    }
  }

  /** Keeps a line until another one is appended: by itself it is not worth what may have to be cut off for it. */
  hold(metrics: object): void {
    this.#held.push(metrics);
  }

  /** Appends one line, after those that were held, whole or not at all. @throws DcganError ERR_OUTPUT. */
  async append(metrics: object): Promise<void> {
    const lines = [...this.#held, metrics].map((line) => `${JSON.stringify(line)}\n`);
    try {
      await this.#cut();
      this.#size = await appendWhole(this.#file, Buffer.from(lines.join('')), this.#size);
      this.#held = [];
    } catch (error) {
      throw outputError(this.#path, error);
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

/**
 * The whole lines that are not of a later step than `step`, and where they end. One without a step, which no truncation by
 * step may remove, is no row.
 */
function rowsUntil(bytes: Buffer, step: number): { rows: MetricsRow[]; end: number } {
  const rows: MetricsRow[] = [];
  let end = 0;
  for (let next = bytes.indexOf('\n'); next >= 0; next = bytes.indexOf('\n', end)) {
    const row = rowOf(bytes.toString('utf8', end, next));
    if (row && row.step > step) break;
    if (row) rows.push(row);
    end = next + 1;
  }
  return { rows, end };
}

/** null for what is no line of metrics. */
export function rowOf(line: string): MetricsRow | null {
  try {
    const row = JSON.parse(line) as Partial<MetricsRow> | null;
    return typeof row?.step === 'number' ? (row as MetricsRow) : null;
  } catch {
    return null;
  }
}
