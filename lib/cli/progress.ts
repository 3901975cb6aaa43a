import { SingleBar } from 'cli-progress';
import type { EpochEvent, StartEvent, StepEvent, TrainEvent } from '../training/events.js';

/** Shows a training to people. */
export interface Progress {
  show(event: TrainEvent): void;
  /** Prints a line; a bar goes on below it. */
  say(line: string): void;
  /** Ends a bar, so that the terminal is as it was. More events show nothing. */
  stop(): void;
}

const silent: Progress = { show: () => undefined, say: () => undefined, stop: () => undefined };

/** `process.stderr`, or what is used like it. */
export type ProgressStream = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

/** A bar on a terminal, one line per epoch elsewhere, nothing when `quiet`. */
export function createProgress(stream: ProgressStream, quiet: boolean): Progress {
  if (quiet) return silent;
  return stream.isTTY ? new BarProgress(stream) : new LineProgress(stream);
}

/**
 * What is said in a line of its own, beside a bar or without one: notices, and once where the pictures
 * appear.
 */
class Remarks {
  #saidPicture = false;

  of(event: TrainEvent): string | null {
    if (event.type === 'notice') return event.message;
    if (event.type !== 'sample' || this.#saidPicture) return null;
    this.#saidPicture = true;
    return `First picture: ${event.path}`;
  }
}

class LineProgress implements Progress {
  readonly #remarks = new Remarks();
  #epochs = 0;

  constructor(private readonly stream: ProgressStream) {}

  show(event: TrainEvent): void {
    if (event.type === 'start') {
      this.#epochs = lastEpoch(event);
      this.say(startLine(event));
    } else if (event.type === 'epoch') {
      this.say(epochLine(event, this.#epochs));
    } else {
      const remark = this.#remarks.of(event);
      if (remark !== null) this.say(remark);
    }
  }

  say(line: string): void {
    this.stream.write(`${line}\n`);
  }

  stop(): void {}
}

class BarProgress implements Progress {
  readonly #remarks = new Remarks();
  #bar: SingleBar | null = null;
  #from = 0;
  #steps = 0;
  #began = 0;
  #epochs = 0;

  constructor(private readonly stream: ProgressStream) {}

  show(event: TrainEvent): void {
    if (event.type === 'start') this.#start(event);
    else if (event.type === 'step') this.#update(event);
    const remark = this.#remarks.of(event);
    if (remark !== null) this.#insert(remark);
  }

  /** Prints a line in place of the bar, which the next step draws again below it. */
  #insert(line: string): void {
    this.stream.write(`\r\x1b[K${line}\n`);
  }

  say(line: string): void {
    this.stop();
    this.stream.write(`${line}\n`);
  }

  stop(): void {
    this.#bar?.stop();
    this.#bar = null;
  }

  #start(event: StartEvent): void {
    this.say(startLine(event));
    this.#from = event.step;
    this.#steps = event.steps;
    this.#began = performance.now();
    this.#epochs = lastEpoch(event);
    this.#bar = new SingleBar({
      stream: this.stream,
      // What is written beside the bar takes about 80 columns.
      barsize: Math.min(40, Math.max(8, (this.stream.columns || 80) - 80)),
      format:
        '[{bar}] {percentage}%  epoch {epoch}/{epochs}  step {step}  D {discriminator}  G {generator}  ' +
        '{rate} images/s  {left}',
      hideCursor: true,
      emptyOnZero: true,
    });
    const epoch = Math.floor(event.step / event.stepsPerEpoch) + 1;
    const unknown = { discriminator: '–', generator: '–', rate: '–', left: '' };
    this.#bar.start(event.steps, 0, { epoch, epochs: this.#epochs, step: event.step, ...unknown });
  }

  #update(event: StepEvent): void {
    this.#bar?.update(event.step - this.#from, {
      epoch: event.epoch,
      step: event.step,
      // Three digits: with four, the time left would not fit into 80 columns.
      discriminator: event.discriminatorLoss.toFixed(3),
      generator: event.generatorLoss.toFixed(3),
      rate: Math.round(event.imagesPerSecond),
      left: `${duration(this.#secondsLeft(event.step))} left`,
    });
  }

  #secondsLeft(step: number): number {
    const done = step - this.#from;
    return ((performance.now() - this.#began) / 1000 / done) * (this.#steps - done);
  }
}

/** `1h02m`, `2m05s` or `7s`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  if (whole >= 3600) return `${Math.floor(whole / 3600)}h${two((whole % 3600) / 60)}m`;
  return whole >= 60 ? `${Math.floor(whole / 60)}m${two(whole % 60)}s` : `${whole}s`;
}

/** A loss as it is shown to people. */
export function loss(value: number): string {
  return value.toFixed(4);
}

/** The epoch in which the last step of this `fit` is. */
function lastEpoch({ step, steps, stepsPerEpoch }: StartEvent): number {
  return Math.ceil((step + steps) / stepsPerEpoch);
}

function startLine(event: StartEvent): string {
  const { step, steps, stepsPerEpoch, outDir, device, precision, seed } = event;
  const from = step > 0 ? `from step ${step}, ` : '';
  const where = outDir === null ? '' : ` in ${outDir}`;
  return `Training on ${device} (${precision}, seed ${seed})${where}: ${from}${steps} steps, ${stepsPerEpoch} an epoch.`;
}

function epochLine(event: EpochEvent, epochs: number): string {
  const { epoch, step, discriminatorLoss, generatorLoss, imagesPerSecond, seconds } = event;
  const losses = `discriminator loss ${loss(discriminatorLoss)}, generator loss ${loss(generatorLoss)}`;
  const rate = `${Math.round(imagesPerSecond)} images/s`;
  return `epoch ${epoch}/${epochs}: step ${step}, ${losses}, ${rate}, ${seconds.toFixed(1)} s`;
}
