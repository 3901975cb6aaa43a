import { fork } from 'node:child_process';
import { join } from 'node:path';

/** Longer than any case takes on a busy machine. */
const limit = 90_000;

/** A process with the library preloaded that tries cases; when one ends or hangs it, another takes over. */
export class Worker {
  #environment;
  #child = null;

  constructor({ library, control, work }) {
    const { LD_PRELOAD } = process.env;
    this.#environment = {
      ...process.env,
      LD_PRELOAD: LD_PRELOAD ? `${LD_PRELOAD}:${library}` : library,
      FAULTS_CONTROL: control,
      FAULTS_WORK: work,
    };
  }

  /** @returns what the case showed, or the problem that the process did not outlive it */
  async ask(asked) {
    if (!this.#child) {
      this.#child = fork(join(import.meta.dirname, 'worker.mjs'), { env: this.#environment });
      const ready = await answerOf(this.#child);
      if (!ready.answer) throw new Error(`The process that tries the cases does not start: ${ready.ended}.`);
    }
    this.#child.send(asked);
    const { answer, ended } = await answerOf(this.#child);
    if (answer) return answer;
    this.stop();
    return { fired: 1, calls: {}, outcome: null, problems: [ended] };
  }

  stop() {
    this.#child?.kill('SIGKILL');
    this.#child = null;
  }
}

/** The next message of a process, or how it ended or hangs. */
function answerOf(child) {
  return new Promise((resolve) => {
    const settle = (result) => {
      clearTimeout(timer);
      child.off('message', onMessage).off('exit', onExit);
      resolve(result);
    };
    const onMessage = (answer) => settle({ answer });
    const onExit = (status, signal) => settle({ ended: `the process ends with ${status ?? signal}` });
    const timer = setTimeout(() => settle({ ended: `nothing happens for ${limit / 1000} s` }), limit);
    child.on('message', onMessage).on('exit', onExit);
  });
}
