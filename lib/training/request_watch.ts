import { type RunRequest, takeRequests } from '../run/requests.js';

/** Milliseconds between two looks. */
const pace = 500;

/** Looks what others ask of a run while it is trained. */
export class RequestWatch {
  readonly #timer: NodeJS.Timeout;
  readonly #asked = new Set<RunRequest>();
  #isLooking = false;

  /** @param onRequest is called when something is asked, so that it need not wait for many steps. */
  constructor(
    private readonly run: string,
    private readonly onRequest: () => void,
  ) {
    this.#timer = setInterval(() => this.#look(), pace).unref();
  }

  /** What was asked since this was called last. */
  take(): RunRequest[] {
    const asked = [...this.#asked];
    this.#asked.clear();
    return asked;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    // On a network file system a look may take longer than the pace.
    if (this.#isLooking) return;
    this.#isLooking = true;
    void takeRequests(this.run).then((requests) => {
      this.#isLooking = false;
      for (const request of requests) this.#asked.add(request);
      if (requests.length > 0) this.onRequest();
    });
  }
}
