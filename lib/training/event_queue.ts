/** Events that are kept; beyond these, those that may be lost are. */
const capacity = 256;

/** Events in their order. When they become too many, the oldest droppable ones are lost; the others never are. */
export class Backlog<T> implements Iterable<T> {
  readonly #events: T[];

  constructor(
    private readonly droppable: (event: T) => boolean,
    events: Iterable<T> = [],
  ) {
    this.#events = [...events];
  }

  push(event: T): void {
    this.#events.push(event);
    if (this.#events.length <= capacity) return;
    const oldest = this.#events.findIndex(this.droppable);
    if (oldest >= 0) this.#events.splice(oldest, 1);
  }

  /** Takes the oldest. */
  shift(): T | undefined {
    return this.#events.shift();
  }

  clear(): void {
    this.#events.length = 0;
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#events[Symbol.iterator]();
  }
}

/** How what an iteration reports has ended: normally, or with an error. */
export type End = { readonly failed: false } | { readonly failed: true; readonly reason: unknown };

/** An async iterator over the events of a backlog, and those that are pushed while it is consumed. */
export class EventQueue<T> implements AsyncIterableIterator<T> {
  #waiting: { resolve: (result: IteratorResult<T>) => void; reject: (reason: unknown) => void }[] = [];
  #end: End | null = null;

  /**
   * @param events what there is already; the queue's own from here on
   * @param onReturn is told that the consumer left the iteration, and of an error that it will therefore not
   * be thrown: null where there is none
   */
  constructor(
    private readonly events: Backlog<T>,
    private readonly onReturn: (queue: EventQueue<T>, unthrown: { readonly reason: unknown } | null) => void,
  ) {}

  push(event: T): void {
    const next = this.#waiting.shift();
    if (next) next.resolve({ value: event, done: false });
    else this.events.push(event);
  }

  /** Ends the iteration once what was pushed is consumed. */
  close(end: End): void {
    this.#end ??= end;
    // Of those that wait at once, the first is thrown the error, as `next` throws it once.
    for (const { resolve, reject } of this.#waiting.splice(0)) {
      const now = this.#takeEnd();
      if (now?.failed) reject(now.reason);
      else resolve({ value: undefined, done: true });
    }
  }

  async next(): Promise<IteratorResult<T>> {
    const event = this.events.shift();
    if (event !== undefined) return { value: event, done: false };
    const end = this.#takeEnd();
    if (!end) return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
    if (end.failed) throw end.reason;
    return { value: undefined, done: true };
  }

  async return(): Promise<IteratorResult<T>> {
    const end = this.#takeEnd();
    this.events.clear();
    this.close({ failed: false });
    this.onReturn(this, end?.failed ? end : null);
    return { value: undefined, done: true };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The end, where it has come. An error is taken once; afterwards the iteration is over. */
  #takeEnd(): End | null {
    const end = this.#end;
    if (end) this.#end = { failed: false };
    return end;
  }
}
