import { dirname, join } from 'node:path';
import { encodePicture } from '../image/picture.js';
import type { NativeRun } from '../native/bindings.js';
import type { ModelOptions, ResolvedFitOptions } from '../options.js';
import type { RunWriter } from '../run/writer.js';
import type { EpochCount } from './epoch_count.js';
import type { EpochEvent, StepEvent, TrainEvent, TrainSummary } from './events.js';

/** What `fit` needs of a trainer. */
export interface FitSubject {
  readonly options: ModelOptions;
  readonly device: string;
  readonly step: number;
  readonly epochs: EpochCount;
  run(steps: number): Promise<NativeRun>;
  stop(): void;
  generate(count: number): Promise<{ readonly data: Float32Array }>;
  saveTo(run: RunWriter, keep: { readonly keepLast: number; readonly keepForGood: boolean }): Promise<string>;
}

/** Sums of losses over consecutive steps. */
class Tally {
  steps = 0;
  seconds = 0;
  #discriminator = 0;
  #generator = 0;

  add({ losses, seconds }: NativeRun): void {
    this.seconds += seconds;
    this.steps += losses.length / 2;
    for (let i = 0; i < losses.length; i += 2) {
      this.#discriminator += losses[i] ?? 0;
      this.#generator += losses[i + 1] ?? 0;
    }
  }

  means(batchSize: number) {
    return {
      generatorLoss: this.#generator / this.steps,
      discriminatorLoss: this.#discriminator / this.steps,
      imagesPerSecond: (this.steps * batchSize) / this.seconds,
    };
  }
}

/**
 * Trains `steps` steps, writing what the options ask for into `run`, and reporting through `emit`.
 * Stopped by its signal or by an exception of `emit`, it saves everything first and then throws the reason.
 */
export async function fit(
  subject: FitSubject,
  steps: number,
  run: RunWriter | null,
  options: ResolvedFitOptions,
  emit: (event: TrainEvent) => void,
): Promise<TrainSummary> {
  const { signal } = options;
  const { batchSize, precision, seed } = subject.options;
  const { device, epochs } = subject;
  const { stepsPerEpoch } = epochs;
  const outDir = run?.directory ?? null;
  const first = subject.step;
  const last = first + steps;
  const began = performance.now();
  const whole = new Tally();
  let epochTally = new Tally();
  let epochBegan = began;
  let checkpoint: string | null = null;
  let sample: string | null = null;
  let checkpointStep = -1;
  /** While steps are taken, and for good when they failed: the weights are then not those of a whole step. */
  let stepping = false;

  const save = async (keepForGood: boolean) => {
    if (!run || checkpointStep === subject.step) return;
    const { step } = subject;
    checkpoint = await subject.saveTo(run, { keepLast: options.keepCheckpoints, keepForGood });
    checkpointStep = step;
    emit({ type: 'checkpoint', step, path: checkpoint });
  };

  const draw = async (to: RunWriter, path: string) => {
    const { data } = await subject.generate(options.sampleCount);
    await to.writeFile(path, await encodePicture(data, options.sampleCount, { scale: 2 }));
    sample = path;
    emit({ type: 'sample', epoch: epochs.of(subject.step), step: subject.step, path });
  };

  const logged = async (event: StepEvent | EpochEvent) => {
    await run?.appendMetrics(event);
    emit(event);
  };

  const endEpoch = async () => {
    const { step } = subject;
    const epoch = epochs.of(step);
    const seconds = (performance.now() - epochBegan) / 1000;
    await logged({ type: 'epoch', epoch, step, ...epochTally.means(batchSize), seconds });
    if (run && due(epoch, options.sampleEvery)) await draw(run, run.samplePath(epoch));
    const keepForGood = due(epoch, options.keepEvery);
    if (keepForGood || due(epoch, options.checkpointEvery)) await save(keepForGood);
    epochBegan = performance.now();
  };

  /** Saves what there is; a run that ends within an epoch gets its picture too. */
  const finish = async () => {
    await save(false);
    const within = !epochs.endsAt(subject.step);
    if (run && options.sampleEvery > 0 && within && subject.step > first) {
      const name = `step-${String(subject.step).padStart(8, '0')}.png`;
      await draw(run, join(dirname(run.samplePath(1)), name));
    }
  };

  const stop = () => subject.stop();
  signal?.addEventListener('abort', stop);
  try {
    signal?.throwIfAborted();
    emit({ type: 'start', step: first, steps, stepsPerEpoch, outDir, device, precision, seed });
    let freshEpoch = false;
    while (subject.step < last && !signal?.aborted) {
      if (freshEpoch) epochTally = new Tally();
      stepping = true;
      const chunk = await subject.run(chunkSize(subject.step, last, epochs, options));
      stepping = false;
      const tally = new Tally();
      for (const t of [tally, whole, epochTally]) t.add(chunk);
      if (chunk.notice) emit({ type: 'notice', step: subject.step, message: chunk.notice });
      if (tally.steps === 0) continue;
      const { step } = subject;
      const epoch = epochs.of(step);
      await logged({ type: 'step', step, epoch, ...tally.means(batchSize) });
      freshEpoch = epochs.endsAt(step);
      if (freshEpoch) await endEpoch();
      if (due(step, options.checkpointEverySteps)) await save(false);
    }
    await finish();
  } catch (error) {
    // Whoever threw, a handler or the disk, the training up to here is good, unless it is the steps that failed:
    // numbers that are not finite must never replace a good checkpoint.
    if (!stepping && subject.step > first) await finishQuietly(finish);
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
  const means = epochTally.means(batchSize);
  const summary: TrainSummary = {
    step: subject.step,
    epoch: epochs.of(subject.step),
    steps: subject.step - first,
    generatorLoss: means.generatorLoss,
    discriminatorLoss: means.discriminatorLoss,
    seconds: (performance.now() - began) / 1000,
    imagesPerSecond: whole.means(batchSize).imagesPerSecond,
    outDir,
    checkpoint,
    sample,
  };
  emit({ type: 'end', ...summary });
  signal?.throwIfAborted();
  return summary;
}

const due = (count: number, every: number): boolean => every > 0 && count % every === 0;

/** Steps until something is due: the log, a checkpoint, the end of the epoch or of training. */
function chunkSize(step: number, last: number, epochs: EpochCount, options: ResolvedFitOptions): number {
  const until = (every: number) => (every > 0 ? every - (step % every) : Number.POSITIVE_INFINITY);
  return Math.min(
    last - step,
    until(options.logEvery),
    until(options.checkpointEverySteps),
    epochs.left(step),
  );
}

/** After a failure the failure is what matters: one of the last save must not hide it. */
async function finishQuietly(finish: () => Promise<void>): Promise<void> {
  try {
    await finish();
  } catch {
    // The caller throws what happened first.
  }
}
