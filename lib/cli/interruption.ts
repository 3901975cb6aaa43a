import { closeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { outputError } from '../files/output_error.js';
import { exitCodes } from './report.js';

/** Why a command was stopped from outside, and the exit status that says so. */
export class Interruption extends Error {
  override readonly name = 'Interruption';

  constructor(
    readonly by: 'Ctrl-C' | 'SIGTERM' | 'SIGHUP' | 'closed stdout',
    readonly exitCode: number,
  ) {
    super(`stopped by ${by}`);
  }
}

// npm and npx forward the Ctrl-C that the terminal has sent to this process already: one press arrives twice.
const samePress = 500;

/**
 * Watches for Ctrl-C, SIGTERM, SIGHUP (the terminal is gone, a lost ssh for instance) and a reader of stdout
 * that goes away, until it is closed. The first of them aborts `signal`, with an `Interruption` as the
 * reason; one more Ctrl-C or SIGTERM ends the process at once. One more SIGHUP does not: a shell and the
 * system send one each.
 */
export class InterruptionWatch {
  readonly #controller = new AbortController();
  readonly #onInterrupt: (interruption: Interruption) => void;
  #firstAt = 0;

  /** @param onInterrupt is called at the first, before `signal` aborts. */
  constructor(onInterrupt: (interruption: Interruption) => void) {
    this.#onInterrupt = onInterrupt;
    process.on('SIGINT', this.#onSigint);
    process.on('SIGTERM', this.#onSigterm);
    process.on('SIGHUP', this.#onHangUp);
    process.stdout.on('error', this.#onStdoutError);
    const terminals = [0, 1, 2].filter(isatty);
    process.once('exit', () => closeDead(terminals));
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  close(): void {
    process.off('SIGINT', this.#onSigint);
    process.off('SIGTERM', this.#onSigterm);
    process.off('SIGHUP', this.#onHangUp);
    process.stdout.off('error', this.#onStdoutError);
  }

  readonly #onSigint = () => this.#onSignal(new Interruption('Ctrl-C', exitCodes.interrupted));
  readonly #onSigterm = () => this.#onSignal(new Interruption('SIGTERM', exitCodes.terminated));

  readonly #onHangUp = () => {
    if (!this.signal.aborted) this.#interrupt(new Interruption('SIGHUP', exitCodes.hungUp));
  };

  readonly #onStdoutError = (error: NodeJS.ErrnoException) => {
    if (this.signal.aborted) return;
    // Writing to a terminal that is gone fails, perhaps before the signal is here.
    if (error.code === 'EIO' && process.stdout.isTTY) this.#onHangUp();
    else if (error.code === 'EPIPE') this.#interrupt(new Interruption('closed stdout', exitCodes.pipeClosed));
    else this.#controller.abort(outputError('stdout', error));
  };

  #onSignal(interruption: Interruption): void {
    if (!this.signal.aborted) this.#interrupt(interruption);
    else if (Date.now() - this.#firstAt > samePress) process.exit(interruption.exitCode);
  }

  #interrupt(interruption: Interruption): void {
    this.#firstAt = Date.now();
    this.#onInterrupt(interruption);
    this.#controller.abort(interruption);
  }
}

/**
 * Does what may be stopped from outside and leaves nothing behind then.
 * @returns the exit status: 0, or that of the `Interruption`
 */
export async function untilInterrupted(work: (signal: AbortSignal) => Promise<void>): Promise<number> {
  const watch = new InterruptionWatch(() => undefined);
  try {
    await work(watch.signal);
    return 0;
  } catch (error) {
    if (error instanceof Interruption) return error.exitCode;
    throw error;
  } finally {
    watch.close();
  }
}

/**
 * Node.js restores terminals as it exits, and aborts where that fails, as it does when one is gone. Closed
 * ones it skips.
 */
function closeDead(terminals: readonly number[]): void {
  for (const terminal of terminals) if (!isatty(terminal)) closeSync(terminal);
}
