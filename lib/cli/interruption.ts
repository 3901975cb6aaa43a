import { outputError } from '../files/output_error.js';
import { exitCodes } from './report.js';

/** Why a command was stopped from outside, and the exit status that says so. */
export class Interruption extends Error {
  override readonly name = 'Interruption';

  constructor(
    readonly by: 'Ctrl-C' | 'SIGTERM' | 'closed stdout',
    readonly exitCode: number,
  ) {
    super(`stopped by ${by}`);
  }
}

// npm and npx forward the Ctrl-C that the terminal has sent to this process already: one press arrives twice.
const samePress = 500;

/**
 * Watches for Ctrl-C, SIGTERM and a reader of stdout that goes away, until it is closed. The first of them aborts
 * `signal`, with an `Interruption` as the reason; one more Ctrl-C or SIGTERM ends the process at once.
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
    process.stdout.on('error', this.#onStdoutError);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  close(): void {
    process.off('SIGINT', this.#onSigint);
    process.off('SIGTERM', this.#onSigterm);
    process.stdout.off('error', this.#onStdoutError);
  }

  readonly #onSigint = () => this.#onSignal(new Interruption('Ctrl-C', exitCodes.interrupted));
  readonly #onSigterm = () => this.#onSignal(new Interruption('SIGTERM', exitCodes.terminated));

  readonly #onStdoutError = (error: NodeJS.ErrnoException) => {
    if (this.signal.aborted) return;
    if (error.code === 'EPIPE') this.#interrupt(new Interruption('closed stdout', exitCodes.pipeClosed));
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
