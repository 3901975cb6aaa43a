import { Backlog, type End, EventQueue } from './event_queue.js';
import type { TrainEvent, TrainSummary } from './events.js';

/**
 * A running `fit`: await it for the summary, or iterate it for the events, or both, at once or later: an iteration begins
 * with what came before it, also when the training has ended. Leaving the iteration stops nothing else. Of `step` events the
 * last few hundred are kept, of the others all.
 *
 * An error goes to whoever awaits the run, and to every iteration that is not left. When there is nobody, or
 * the last iteration is left before it threw the error, it is an unhandled rejection.
 * @example
 * const run = trainer.fit(1);
 * for await (const event of run) if (event.type === 'step') console.log(event.step);
 * console.log((await run).seconds);
 */
export class FitRun implements Promise<TrainSummary>, AsyncIterable<TrainEvent> {
  readonly [Symbol.toStringTag] = 'FitRun';
  readonly #promise: Promise<TrainSummary>;
  readonly #kept = new Backlog(isDroppable);
  /** Iterations that were not left. */
  readonly #queues = new Set<EventQueue<TrainEvent>>();
  #end: End | null = null;
  #isAwaited = false;

  /**
   * @param train does the work; it is given the function that reports events, to be called later, not at
   * once.
   */
  constructor(train: (emit: (event: TrainEvent) => void) => Promise<TrainSummary>) {
    const training = train((event) => {
      this.#kept.push(event);
      for (const queue of this.#queues) queue.push(event);
    });
    this.#promise = this.#closing(training);
  }

  // biome-ignore lint/suspicious/noThenProperty: being awaited is what this class is for.
  then<A = TrainSummary, B = never>(
    resolved?: ((summary: TrainSummary) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#isAwaited = true;
    return this.#promise.then(resolved, rejected);
  }

  catch<B = never>(rejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<TrainSummary | B> {
    return this.then(undefined, rejected);
  }

  finally(done?: (() => void) | null): Promise<TrainSummary> {
    this.#isAwaited = true;
    return this.#promise.finally(done);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<TrainEvent> {
    const queue = new EventQueue<TrainEvent>(new Backlog(isDroppable, this.#kept), (left, unthrown) => {
      this.#queues.delete(left);
      if (unthrown && this.#queues.size === 0 && !this.#isAwaited) void Promise.reject(unthrown.reason);
    });
    this.#queues.add(queue);
    if (this.#end) this.#close(this.#end);
    return queue;
  }

  async #closing(training: Promise<TrainSummary>): Promise<TrainSummary> {
    try {
      const summary = await training;
      this.#close({ failed: false });
      return summary;
    } catch (reason) {
      this.#close({ failed: true, reason });
      throw reason;
    }
  }

  #close(end: End): void {
    this.#end = end;
    for (const queue of this.#queues) queue.close(end);
    // Those who iterate are thrown the error, so the promise need not be awaited as well.
    if (this.#queues.size > 0) this.#promise.catch(() => undefined);
  }
}

function isDroppable({ type }: TrainEvent): boolean {
  return type === 'step';
}
