import type { FileHandle } from 'node:fs/promises';
import { openInside } from '../files/inside.js';
import { whenMissing } from '../files/missing.js';
import { type MetricsRow, rowOf } from './metrics.js';

/** Bytes that are read at once. */
const chunkSize = 1 << 20;
/** A line of more bytes is none of ours. */
const longestLine = 1 << 20;
/** Bytes by which the place that was read up to is known again: they hold the time of the last line. */
const markSize = 64;

/** Reads `metrics.jsonl` as it grows, each line once, in little memory. */
export class MetricsTail {
  /** Where the last whole line ends. */
  #end = 0;
  /** The bytes before that. */
  #mark: Buffer = Buffer.alloc(0);
  /** Bytes of the file when it was read last. */
  #size = 0;

  constructor(private readonly run: string) {}

  /**
   * Gives each whole line that has come since the last call to `take`. Where the end of what was read is not what it was,
   * since a training went on from an earlier step, `restart` is called before, and all lines are given once more.
   * @throws the system's error; DcganError ERR_VALUE when it is no file of the run.
   */
  async read(take: (row: MetricsRow) => void, restart: () => void): Promise<void> {
    const opened = await openInside(this.run, 'metrics.jsonl').catch(whenMissing(null));
    if (opened === null) {
      if (this.#end > 0) this.#restart(restart);
      return;
    }
    const { file, size } = opened;
    try {
      if (!(await this.#isAsBefore(file, size))) this.#restart(restart);
      if (size === this.#size) return;
      await this.#readOn(file, take);
      this.#mark = await bytesOf(file, Math.max(0, this.#end - markSize), this.#end);
      this.#size = size;
    } finally {
      await file.close();
    }
  }

  /** Lets the next `read` give all lines. */
  forget(): void {
    this.#end = 0;
    this.#mark = Buffer.alloc(0);
    this.#size = 0;
  }

  #restart(restart: () => void): void {
    this.forget();
    restart();
  }

  async #isAsBefore(file: FileHandle, size: number): Promise<boolean> {
    if (size < this.#end) return false;
    return (await bytesOf(file, this.#end - this.#mark.length, this.#end)).equals(this.#mark);
  }

  async #readOn(file: FileHandle, take: (row: MetricsRow) => void): Promise<void> {
    const chunk = Buffer.allocUnsafe(chunkSize);
    /** The beginning of a line that has no end yet; null for one that is too long. */
    let begun: Buffer | null = Buffer.alloc(0);
    for (let position = this.#end; ; ) {
      const { bytesRead } = await file.read(chunk, 0, chunkSize, position);
      if (bytesRead === 0) return;
      const bytes = chunk.subarray(0, bytesRead);
      let from = 0;
      for (let next = bytes.indexOf('\n'); next >= 0; next = bytes.indexOf('\n', from)) {
        const row = begun && rowOf(Buffer.concat([begun, bytes.subarray(from, next)]).toString());
        if (row) take(row);
        begun = Buffer.alloc(0);
        from = next + 1;
        this.#end = position + from;
      }
      position += bytesRead;
      const isShort: boolean = begun !== null && begun.length + bytesRead - from <= longestLine;
      begun = isShort ? Buffer.concat([begun!, bytes.subarray(from)]) : null;
    }
  }
}

async function bytesOf(file: FileHandle, from: number, to: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(to - from), 0, to - from, from);
  return buffer.subarray(0, bytesRead);
}
