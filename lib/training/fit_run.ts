import { EventQueue } from './event_queue.js';
import type { TrainEvent, TrainSummary } from './events.js';

/**
 * A running `fit`: await it for the summary, or iterate it for the events, or both. Leaving the iteration stops
 * nothing else. A consumer that is slow misses `step` events rather than making memory grow.
 */
export class FitRun implements Promise<TrainSummary>, AsyncIterable<TrainEvent> {
  readonly [Symbol.toStringTag] = 'FitRun';
  readonly #promise: Promise<TrainSummary>;
  readonly #queues = new Set<EventQueue<TrainEvent>>();

  /** @param train does the work; it is given the function that reports events, and starts after this returns. */
  constructor(train: (emit: (event: TrainEvent) => void) => Promise<TrainSummary>) {
    const emit = (event: TrainEvent) => {
      for (const queue of this.#queues) queue.push(event);
    };
    this.#promise = Promise.resolve().then(() => train(emit));
  }

  // biome-ignore lint/suspicious/noThenProperty: being awaited is what this class is for.
  then<A = TrainSummary, B = never>(
    resolved?: ((summary: TrainSummary) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#promise.then(resolved, rejected);
  }

  catch<B = never>(rejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<TrainSummary | B> {
    return this.#promise.catch(rejected);
  }

  finally(done?: (() => void) | null): Promise<TrainSummary> {
    return this.#promise.finally(done);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<TrainEvent> {
    const queue = new EventQueue<TrainEvent>(
      (event) => event.type === 'step',
      (left) => this.#queues.delete(left),
    );
    this.#queues.add(queue);
    // An error reaches the consumer through the iteration, so the promise need not be awaited as well.
    this.#promise.then(
      () => queue.close({ failed: false }),
      (reason) => queue.close({ failed: true, reason }),
    );
    return queue;
  }
}
