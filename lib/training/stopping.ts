import { onAbort } from './on_abort.js';

/**
 * What ends a training before its last step: the caller's signal, or a handler that fails. The first is the
 * reason.
 */
export class Stopping {
  readonly #controller = new AbortController();
  readonly #handlers = new Set<Promise<void>>();
  readonly #forgetSignal: () => void;

  /** @param onStop is called once, when there is a reason; at once when `signal` is aborted already. */
  constructor(signal: AbortSignal | undefined, onStop: () => void) {
    this.#controller.signal.addEventListener('abort', onStop);
    this.#forgetSignal = signal ? onAbort(signal, () => this.stop(signal.reason)) : () => undefined;
  }

  get isStopped(): boolean {
    return this.#controller.signal.aborted;
  }

  get reason(): unknown {
    return this.#controller.signal.reason;
  }

  /** @throws the reason, where there is one. */
  throwIfStopped(): void {
    this.#controller.signal.throwIfAborted();
  }

  /**
   * Calls a handler. What it throws, or what the promise that it returns rejects with, is a reason to stop.
   */
  call(handler: () => unknown): void {
    try {
      const handled = Promise.resolve(handler()).then(
        () => undefined,
        (reason) => this.stop(reason),
      );
      this.#handlers.add(handled);
      void handled.then(() => this.#handlers.delete(handled));
    } catch (reason) {
      this.stop(reason);
    }
  }

  /** Waits for the promises that handlers returned, until one of them, or the signal, is a reason to stop. */
  async handlersDone(): Promise<void> {
    const stopped = new Promise<void>((resolve) => onAbort(this.#controller.signal, resolve));
    await Promise.race([Promise.all(this.#handlers), stopped]);
  }

  /** Ends the training for a reason that is no caller's, unless there is one already. */
  stop(reason: unknown): void {
    this.#controller.abort(reason);
  }

  /** Forgets the signal, which may outlive many trainings. */
  close(): void {
    this.#forgetSignal();
  }
}
