/** There are as many waiting as may. */
export class QueueFull extends Error {}

/** Work that somebody waits for. Some of it goes on at once, the rest waits in line, and there is an end to the line. */
export class Queue {
  readonly #atOnce: number;
  readonly #mostWaiting: number;
  #running = 0;
  /** What lets the next one in, in the order of their coming. */
  readonly #waiting = new Set<() => void>();

  constructor(atOnce: number, mostWaiting: number) {
    this.#atOnce = atOnce;
    this.#mostWaiting = mostWaiting;
  }

  /**
   * Does the work when its turn comes.
   * @param signal takes it out of the line; what is being done already is finished
   * @throws QueueFull; the signal's reason
   */
  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    if (this.#running < this.#atOnce) this.#running += 1;
    else await this.#turn(signal);
    try {
      return await work();
    } finally {
      this.#next();
    }
  }

  #turn(signal: AbortSignal): Promise<void> {
    if (this.#waiting.size >= this.#mostWaiting) throw new QueueFull();
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.delete(enter);
        reject(signal.reason);
      };
      const enter = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      this.#waiting.add(enter);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  /** Hands the place of one that is done to the first in line. */
  #next(): void {
    const [enter] = this.#waiting;
    if (enter === undefined) {
      this.#running -= 1;
      return;
    }
    this.#waiting.delete(enter);
    enter();
  }
}
