import { stat } from 'node:fs/promises';
import { Generator } from '../generation/generator.js';
import type { TensorState } from '../network/state.js';
import { drawingTensors } from '../network/tensors.js';
import { resolveCheckpoint } from '../run/run.js';
import { HttpError } from './http_error.js';

/** Jobs that may wait at once. A page has one or two. */
const mostWaiting = 32;

/** A generator that was loaded. */
export interface Loaded {
  readonly generator: Generator;
  /** Its tensors. */
  readonly tensors: TensorState;
}

/** Does jobs with generators, one after the other, and keeps the generator that was used last. */
export class KeptGenerator {
  #last: (Loaded & { readonly key: string }) | null = null;
  #queue: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /**
   * Does a job when those before it are done.
   * @param path of a checkpoint
   * @param signal of whoever waits for it: a job that nobody waits for any more is not begun
   * @throws DcganError those of `Generator.load`; HttpError 503 when too many wait; what the job throws.
   */
  async use<T>(path: string, job: (loaded: Loaded) => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#waiting >= mostWaiting) {
      throw new HttpError(503, 'Too much waits to be drawn. Try again in a minute.');
    }
    this.#waiting++;
    const done = this.#queue.then(async () => {
      signal?.throwIfAborted();
      return job(await this.#load(path));
    });
    this.#queue = done.catch(() => undefined);
    return done.finally(() => this.#waiting--);
  }

  dispose(): void {
    this.#last?.generator.dispose();
    this.#last = null;
  }

  async #load(path: string): Promise<Loaded> {
    const { mtimeMs, size } = await stat(path);
    const key = `${path} ${mtimeMs} ${size}`;
    if (this.#last?.key === key) return this.#last;
    this.dispose();
    const read = await resolveCheckpoint(path);
    // A training beside it is to keep its threads.
    const generator = await Generator.load(read, { device: 'cpu', threads: 1 });
    this.#last = { key, generator, tensors: drawingTensors(read.checkpoint.state) };
    return this.#last;
  }
}
