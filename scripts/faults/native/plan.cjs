const { closeSync, openSync, readSync, writeSync } = require('node:fs');

/** What can fail, in the order of `Kind` in faults.cpp. */
const kinds = ['malloc', 'aligned_alloc', 'mmap', 'pthread_create'];

/** The file that tells the preloaded library which call is to fail: five int64 numbers. */
class Plan {
  #file;

  constructor(path) {
    this.#file = openSync(path, 'r+');
  }

  /** From now on the `nth` call of `kind` fails; all after it, too, when it is `forGood`. */
  make(kind, nth, forGood) {
    this.end();
    this.#write([0, nth, forGood ? 1 : 0, 0, 0]);
    this.#write([kinds.indexOf(kind) + 1]);
  }

  /** Nothing fails any more. @returns the counts */
  end() {
    this.#write([0]);
    return this.read();
  }

  read() {
    const numbers = new BigInt64Array(5);
    readSync(this.#file, numbers, 0, numbers.byteLength, 0);
    const [, nth, , calls, failed] = Array.from(numbers, Number);
    return { nth, calls, failed };
  }

  close() {
    closeSync(this.#file);
  }

  #write(numbers) {
    writeSync(this.#file, BigInt64Array.from(numbers, BigInt), 0, 8 * numbers.length, 0);
  }
}

module.exports = { Plan, kinds };
