import type { TrainEvent } from './events.js';
import type { FitOptions } from './fit_options.js';

/** Milliseconds between two events of one reading. */
const pace = 100;

/** Tells of images that are being read, the last of them for sure. */
export class Reading {
  readonly #handled: Promise<unknown>[] = [];
  #next = 0;

  constructor(
    private readonly emit: (event: TrainEvent) => void,
    private readonly onEvent: FitOptions['onEvent'],
  ) {}

  readonly onProgress = (done: number, of: number): void => {
    if (performance.now() < this.#next && done < of) return;
    this.#next = performance.now() + pace;
    const event = { type: 'data', done, of } as const;
    this.emit(event);
    // What a handler throws is not the images' fault: it waits until these are read.
    const handled = new Promise((resolve) => resolve(this.onEvent?.(event)));
    handled.catch(() => undefined);
    this.#handled.push(handled);
  };

  /** Once the images are read. @throws what a handler threw, or its promise rejected with. */
  async handled(): Promise<void> {
    await Promise.all(this.#handled);
  }
}
