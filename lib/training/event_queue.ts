/** Events that a consumer has not taken yet; a slow one never makes memory grow. */
const capacity = 256;

/** An async iterator over events that are pushed. When the consumer is slow, the oldest droppable ones are lost. */
export class EventQueue<T> implements AsyncIterableIterator<T> {
  #events: T[] = [];
  #waiting: { resolve: (result: IteratorResult<T>) => void; reject: (reason: unknown) => void }[] = [];
  #end: { readonly failed: boolean; readonly reason?: unknown } | null = null;

  constructor(
    private readonly droppable: (event: T) => boolean,
    private readonly onReturn: (queue: EventQueue<T>) => void,
  ) {}

  push(event: T): void {
    const next = this.#waiting.shift();
    if (next) {
      next.resolve({ value: event, done: false });
      return;
    }
    this.#events.push(event);
    if (this.#events.length <= capacity) return;
    const oldest = this.#events.findIndex(this.droppable);
    this.#events.splice(Math.max(oldest, 0), 1);
  }

  /** Ends the iteration once what was pushed is consumed: normally, or with an error. */
  close(end: { readonly failed: boolean; readonly reason?: unknown }): void {
    this.#end ??= end;
    for (const { resolve, reject } of this.#waiting.splice(0)) {
      if (end.failed) reject(end.reason);
      else resolve({ value: undefined, done: true });
    }
  }

  async next(): Promise<IteratorResult<T>> {
    const event = this.#events.shift();
    if (event !== undefined) return { value: event, done: false };
    const end = this.#end;
    if (!end) return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
    if (!end.failed) return { value: undefined, done: true };
    // The error is thrown once; afterwards the iteration is over.
    this.#end = { failed: false };
    throw end.reason;
  }

  async return(): Promise<IteratorResult<T>> {
    this.#events = [];
    this.close({ failed: false });
    this.onReturn(this);
    return { value: undefined, done: true };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
