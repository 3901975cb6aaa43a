const firstWait = 1000;
const longestWait = 15_000;

/** Loads something anew whenever another version of it is wanted: once at a time, and again after a failure. */
export class Refresher {
  #have;
  #isBusy = false;

  /**
   * @param wanted the version that is wanted now; undefined where none is
   * @param load loads what is newest
   * @param onEnd called after each attempt: with null, or with what went wrong
   */
  constructor({ wanted, load, onEnd }) {
    Object.assign(this, { wanted, load, onEnd });
  }

  /** Loads until it has what is wanted, unless it does so already. */
  async refresh() {
    if (this.#isBusy) return;
    this.#isBusy = true;
    let wait = firstWait;
    for (let version = this.wanted(); this.#isNew(version); version = this.wanted()) {
      try {
        await this.load();
        this.#have = version;
        wait = firstWait;
        this.onEnd(null);
      } catch (error) {
        this.onEnd(error.message);
        await new Promise((resolve) => setTimeout(resolve, wait));
        wait = Math.min(2 * wait, longestWait);
      }
    }
    this.#isBusy = false;
  }

  /** A version came by another way. */
  has(version) {
    this.#have = version;
  }

  /** Whatever it has is not what is wanted any more. */
  forget() {
    this.#have = undefined;
  }

  #isNew(version) {
    return version !== undefined && version !== this.#have;
  }
}
