import { canRedraw, LiveLine, type OutputStream } from '../terminal/live_line.js';
import { expectedEnd, percentage, progressLine, timeLeft } from '../terminal/progress_line.js';
import type {
  DataEvent,
  EpochEvent,
  EvaluationEvent,
  RollbackEvent,
  StartEvent,
  StepEvent,
  TrainEvent,
} from '../training/events.js';
import type { AlarmKind } from '../training/watchdog.js';
import { asTyped } from './wording.js';

/** Shows a training to people. */
export interface Progress {
  show(event: TrainEvent): void;
  /** Prints lines, or what shows a picture; a bar goes on below them. */
  insert(text: string): void;
  /** Prints a line; a bar ends above it. */
  say(line: string): void;
  /** Ends a bar, so that the terminal is as it was. Of more events only remarks are shown. */
  stop(): void;
}

const nothing = () => undefined;
const silent: Progress = { show: nothing, insert: nothing, say: nothing, stop: nothing };

/** A bar on a terminal that can redraw it, one line per epoch elsewhere, nothing when `quiet`. */
export function createProgress(stream: OutputStream, quiet: boolean): Progress {
  if (quiet) return silent;
  return canRedraw(stream) ? new BarProgress(stream) : new LineProgress(stream);
}

/**
 * What is said in a line of its own, beside a bar or without one: notices, and once where the pictures
 * appear.
 */
class Remarks {
  #saidPicture = false;

  of(event: TrainEvent): string | null {
    if (event.type === 'notice') return asTyped(event.message);
    if (event.type === 'evaluation') return evaluationLine(event);
    if (event.type === 'watchdog')
      return `Watch out: ${asTyped(event.seen.replace(/\.$/, ''))}. Try ${asTyped(event.advice)}.`;
    if (event.type === 'rollback') return rollbackLine(event);
    if (event.type !== 'sample' || this.#saidPicture) return null;
    this.#saidPicture = true;
    return `First picture: ${event.path}`;
  }
}

class LineProgress implements Progress {
  readonly #remarks = new Remarks();
  #epochs = 0;

  constructor(private readonly stream: OutputStream) {}

  show(event: TrainEvent): void {
    if (event.type === 'data') {
      if (event.done === event.of) this.say(`Read ${event.of} pictures.`);
    } else if (event.type === 'start') {
      this.#epochs = lastEpoch(event);
      this.say(startLine(event));
    } else if (event.type === 'epoch') {
      this.say(epochLine(event, this.#epochs));
    } else {
      const remark = this.#remarks.of(event);
      if (remark !== null) this.say(remark);
    }
  }

  insert(text: string): void {
    this.say(text);
  }

  say(line: string): void {
    this.stream.write(`${line}\n`);
  }

  stop(): void {}
}

const layout = {
  order: ['bar', 'percentage', 'epoch', 'step', 'losses', 'fid', 'alarm', 'rate', 'left'],
  importance: ['percentage', 'epoch', 'left', 'alarm', 'losses', 'fid', 'rate', 'bar', 'step'],
} as const;

/** What the watchdog saw, in as few words as the line has room for. */
const alarmWords: Readonly<Record<AlarmKind, string>> = {
  'not-finite': 'not finite',
  'discriminator-wins': 'D wins',
  collapse: 'collapse',
  'no-progress': 'no progress',
};

class BarProgress implements Progress {
  readonly #remarks = new Remarks();
  #line: LiveLine | null = null;
  #started: StartEvent | null = null;
  #latest: StepEvent | null = null;
  #fid = '';
  #alarm = '';
  #reading: DataEvent | null = null;
  #began = 0;
  #end = 0;

  constructor(private readonly stream: OutputStream) {}

  show(event: TrainEvent): void {
    if (event.type === 'data') this.#read(event);
    else if (event.type === 'start') this.#start(event);
    else if (event.type === 'step') this.#update(event);
    else if (event.type === 'evaluation') this.#fid = `FID ${event.figures.fid.value.toPrecision(3)}`;
    else if (event.type === 'watchdog') this.#alarm = alarmWords[event.kind];
    // What was seen is no longer so.
    else if (event.type === 'rollback') this.#alarm = '';
    const remark = this.#remarks.of(event);
    if (remark !== null) this.insert(remark);
  }

  insert(text: string): void {
    if (this.#line) this.#line.insert(text);
    else this.say(text);
  }

  say(line: string): void {
    this.stop();
    this.stream.write(`${line}\n`);
  }

  stop(): void {
    this.#line?.close();
    this.#line = null;
  }

  #read(event: DataEvent): void {
    this.#reading = event;
    this.#line ??= new LiveLine(this.stream, (columns) =>
      progressLine(readingItems(this.#reading!), layout, columns),
    );
    this.#line.update();
    if (event.done === event.of) this.say(`Read ${event.of} pictures.`);
  }

  #start(event: StartEvent): void {
    this.say(startLine(event));
    this.#began = performance.now();
    this.#started = event;
    this.#line = new LiveLine(this.stream, (columns) => progressLine(this.#items(event), layout, columns));
  }

  #update(event: StepEvent): void {
    this.#latest = event;
    const { step, steps } = this.#started!;
    this.#end = expectedEnd(this.#began, event.step - step, steps);
    this.#line?.update();
  }

  #items(start: StartEvent) {
    const latest = this.#latest;
    const step = latest?.step ?? start.step;
    const share = (step - start.step) / start.steps;
    const epoch = latest?.epoch ?? Math.floor(start.step / start.stepsPerEpoch) + 1;
    return {
      // Later there may be no room for it.
      bar: latest ? { share } : '',
      percentage: percentage(share),
      epoch: `epoch ${epoch}/${lastEpoch(start)}`,
      step: `step ${step}`,
      // Three digits: with four, a line of 80 columns would have no room for the bar.
      losses: latest ? `D ${latest.discriminatorLoss.toFixed(3)}  G ${latest.generatorLoss.toFixed(3)}` : '',
      fid: this.#fid,
      alarm: this.#alarm,
      rate: latest ? `${Math.round(latest.imagesPerSecond)} images/s` : '',
      left: latest ? timeLeft(this.#end) : '',
    };
  }
}

function evaluationLine({ epoch, figures }: EvaluationEvent): string {
  const { fid, recall, precision } = figures;
  const value = (number: number) => number.toPrecision(3);
  return `After epoch ${epoch}: FID ${value(fid.value)} (real images ${value(fid.floor)}), precision ${value(precision.value)}, recall ${value(recall.value)}`;
}

function rollbackLine({ to, learningRate, number, of }: RollbackEvent): string {
  return `Went back to the model of step ${to} (${number} of ${of} times), with a learning rate of ${learningRate} from now on.`;
}

function readingItems({ done, of }: DataEvent) {
  const share = done / of;
  const none = { epoch: '', losses: '', fid: '', alarm: '', rate: '', left: '' };
  return { ...none, bar: { share }, percentage: percentage(share), step: `${done} of ${of} pictures` };
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
