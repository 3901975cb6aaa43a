import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { createInterface } from 'node:readline';
import { lastLine } from '../process/run.mjs';

const kept = 2000;

/**
 * A long-lived process that takes training steps when it is asked to and is idle otherwise. It prints one JSON line
 * when it is warm, and one for each line that it reads: `run N`, or `draw`, which ours knows.
 */
export class Contestant {
  /** Of each measured round, as the process answered. */
  rounds = [];
  #child = null;
  #waiting = null;
  #stderr = '';

  /** @param about `label`, `precision`, `isPeer`, `program` and `args` */
  constructor(about) {
    Object.assign(this, about);
  }

  /** Starts it and waits until it is warm. @returns its greeting */
  async start() {
    this.#child = spawn(this.program, this.args, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.stderr.on('data', (text) => {
      this.#stderr = (this.#stderr + text).slice(-kept);
    });
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#settle(line));
    // A process that is gone cannot be written to; its end is what is reported.
    this.#child.stdin.on('error', () => {});
    this.#child.on('error', (error) => this.#fail(error.message));
    this.#child.on('close', (code, signal) => this.#fail(`ended with ${code ?? signal}`));
    this.greeting = await this.#answer();
    return this.greeting;
  }

  /** Takes `steps` steps. @returns the answer of the process, with `others`: cores that other processes kept busy */
  async run(steps) {
    const answer = this.#answer();
    const busyBefore = busySeconds();
    this.#child.stdin.write(`run ${steps}\n`);
    const said = await answer;
    const others = (busySeconds() - busyBefore - said.cpuSeconds) / said.seconds;
    if (!said.losses.every(Number.isFinite)) throw new Error(`${this.label}: the losses are ${said.losses}`);
    return { ...said, others: Math.max(0, others) };
  }

  /** Of ours: the longest delay of the event loop while images are drawn, in milliseconds. */
  async draw() {
    const answer = this.#answer();
    this.#child.stdin.write('draw\n');
    return (await answer).generateDelayMost;
  }

  /** Memory in MiB, where the system tells: resident `now` and at its `peak`. */
  memory() {
    const read = (status, name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]) / 1024;
    try {
      const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
      return { now: read(status, 'VmRSS'), peak: read(status, 'VmHWM') };
    } catch {
      return { now: Number.NaN, peak: Number.NaN };
    }
  }

  stop() {
    this.#child?.kill();
    this.#child = null;
  }

  #answer() {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      if (this.failure) reject(new Error(this.failure));
    });
  }

  #settle(line) {
    // Libraries print what they like on stdout; answers are the lines that are objects.
    if (!line.startsWith('{')) return;
    this.#waiting?.resolve(JSON.parse(line));
    this.#waiting = null;
  }

  #fail(how) {
    this.failure ??= `${this.label}, ${this.precision}: ${how}. ${lastLine(this.#stderr)}`.trim();
    this.#waiting?.reject(new Error(this.failure));
    this.#waiting = null;
  }
}

/** Seconds that the system's cores were busy since it started. */
function busySeconds() {
  const busy = cpus().map(({ times }) => times.user + times.nice + times.sys + times.irq);
  return busy.reduce((a, b) => a + b, 0) / 1000;
}
