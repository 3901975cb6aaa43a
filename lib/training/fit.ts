import { DcganError } from '../errors.js';
import type { Draw } from '../evaluation/model_evaluation.js';
import type { EvaluationReport } from '../evaluation/report.js';
import { encodePicture } from '../image/picture.js';
import type { NativeRun } from '../native/bindings.js';
import type { ImageBatch } from '../network/arrays.js';
import type { ModelOptions } from '../options.js';
import type { RunRequest } from '../run/requests.js';
import type { RunWriter } from '../run/writer.js';
import type {
  EpochEvent,
  EvaluationEvent,
  NoticeEvent,
  RollbackEvent,
  StepEvent,
  TrainEvent,
  TrainSummary,
  WatchdogEvent,
} from './events.js';
import type { ResolvedFitOptions } from './fit_options.js';
import { RequestWatch } from './request_watch.js';
import { Schedule } from './schedule.js';
import { Stopping } from './stopping.js';
import { type SupervisedModel, Supervision } from './supervision.js';
import type { TensorBoardLog } from './tensorboard_log.js';

/** What `fit` needs of a trainer. */
export interface FitSubject extends SupervisedModel {
  readonly device: string;
  /** What to tell before the first step. */
  readonly notices: readonly string[];
  run(steps: number): Promise<NativeRun>;
  stop(): void;
  generate(count: number, labels?: readonly number[]): Promise<ImageBatch>;
  /** Images [n, S, S, C]. */
  draw: Draw;
  /** @param draw draws what is judged, where it is not the model alone */
  evaluate(draw?: Draw): Promise<EvaluationReport>;
}

/** What the metrics of a run hold as it is reported. */
type LoggedEvent = StepEvent | EpochEvent | EvaluationEvent | WatchdogEvent | RollbackEvent | NoticeEvent;

/** Sums of losses over consecutive steps. */
class Tally {
  steps = 0;
  seconds = 0;
  readonly #sums = [0, 0, 0];

  add({ losses, seconds }: NativeRun): void {
    const of = this.#sums.length;
    this.seconds += seconds;
    this.steps += losses.length / of;
    for (const [i, loss] of losses.entries()) this.#sums[i % of]! += loss;
  }

  means({ batchSize, ...options }: ModelOptions) {
    const [discriminatorLoss, generatorLoss, penalty] = this.#sums.map((sum) => sum / this.steps);
    return {
      steps: this.steps,
      generatorLoss: generatorLoss!,
      discriminatorLoss: discriminatorLoss!,
      ...(isPenalised(options) && { penalty: penalty! }),
      imagesPerSecond: (this.steps * batchSize) / this.seconds,
    };
  }
}

const isPenalised = ({ r1, r2, gradientPenalty }: Pick<ModelOptions, 'r1' | 'r2' | 'gradientPenalty'>) =>
  r1 > 0 || r2 > 0 || gradientPenalty > 0;

/** Images of a sample picture by default: in all, or of each class. */
const sampled = { inAll: 16, ofEach: 8 } as const;
/** More classes are not drawn. */
const mostRows = 32;

/** How many images a sample picture has, and how they lie; of a model with classes a row of each. */
function samplesOf(classes: number, asked: number | undefined) {
  if (classes === 0) return { count: asked ?? sampled.inAll };
  const rows = Math.min(classes, mostRows);
  const columns = asked === undefined ? sampled.ofEach : Math.ceil(asked / rows);
  const labels = Array.from({ length: rows * columns }, (_, i) => Math.floor(i / columns));
  return { count: labels.length, columns, labels };
}

/**
 * Trains `steps` steps, writing what the options ask for into `run`, and reporting through `emit` and
 * `onEvent`. Stopped by its signal or by a handler that fails, it saves everything first and then throws the
 * reason.
 */
export async function fit(
  subject: FitSubject,
  steps: number,
  run: RunWriter | null,
  options: ResolvedFitOptions,
  emit: (event: TrainEvent) => void,
  log: TensorBoardLog | null,
): Promise<TrainSummary> {
  const { options: model } = subject;
  const { precision, seed, classes } = model;
  const { device, epochs } = subject;
  const { stepsPerEpoch } = epochs;
  const outDir = run?.directory ?? null;
  const first = subject.step;
  const last = first + steps;
  const schedule = new Schedule(options, epochs, last);
  const began = performance.now();
  const whole = new Tally();
  let row = new Tally();
  let epochTally = new Tally();
  let epochBegan = began;
  let checkpoint: string | null = null;
  let checkpointStep = -1;
  let sample: string | null = null;
  let sampleStep = -1;
  /** While steps are taken, and for good when they failed. */
  let stepping = false;

  const stopping = new Stopping(options.signal, () => subject.stop());
  const requests = run && new RequestWatch(run.directory, () => subject.stop());
  const report = (event: TrainEvent) => {
    emit(event);
    stopping.call(() => options.onEvent?.(event));
    stopping.call(() => log?.add(event));
  };

  /** Unless this step's is there, or the model has changed since. */
  const save = async (keepForGood: boolean, isChanged = false) => {
    const { step } = subject;
    if (!run || (checkpointStep === step && !isChanged)) return checkpoint;
    const keep = { keepLast: options.keepCheckpoints, keepForGood };
    checkpoint = await run.saveCheckpoint(await subject.checkpoint(), keep);
    checkpointStep = step;
    await run.appendMetrics({ type: 'checkpoint', step, file: run.within(checkpoint) });
    report({ type: 'checkpoint', step, path: checkpoint });
    return checkpoint;
  };

  const draw = async (to: RunWriter, path: string) => {
    const { step } = subject;
    if (sampleStep === step) return;
    const { count, labels, columns } = samplesOf(classes, options.sampleCount);
    const images = await subject.generate(count, labels);
    await to.writeFile(path, await encodePicture(images, { scale: 2, columns }));
    sample = path;
    sampleStep = step;
    const epoch = epochs.of(step);
    await to.appendMetrics({ type: 'sample', step, epoch, file: to.within(path), count, columns });
    report({ type: 'sample', epoch, step, path });
  };

  /** Into the metrics of the run as well. */
  const logged = async (event: LoggedEvent) => {
    await run?.appendMetrics(event);
    report(event);
  };

  const endRow = async () => {
    if (row.steps === 0) return;
    const { step } = subject;
    const event = { type: 'step', step, epoch: epochs.of(step), ...row.means(model) } as const;
    row = new Tally();
    await logged(event);
    await supervision.sees(event);
  };

  const endEpoch = async () => {
    const { step } = subject;
    const seconds = (performance.now() - epochBegan) / 1000;
    await logged({
      type: 'epoch',
      epoch: epochs.of(step),
      step,
      ...epochTally.means(model),
      seconds,
    });
  };

  const supervision = new Supervision(
    subject,
    run,
    options,
    logged,
    () => save(schedule.keeps(subject.step), true),
    run?.metricsBefore ?? [],
  );

  /** Writes what is due after the step that was reached. */
  const writeDue = async (run: RunWriter) => {
    const { step } = subject;
    if (schedule.drawsEpoch(step)) await draw(run, run.samplePath(epochs.of(step)));
    if (schedule.drawsStep(step)) await draw(run, run.stepSamplePath(step));
    if (schedule.saves(step)) await save(schedule.keeps(step));
  };

  /** Whether somebody has asked for the end. */
  let isAskedToStop = false;

  /** Does what somebody has asked for meanwhile: none of it changes what is trained. */
  const answer = async (run: RunWriter) => {
    const { step } = subject;
    for (const request of requests?.take() ?? []) {
      await logged({ type: 'notice', step, message: answers[request] });
      if (request === 'save') await save(true, true);
      if (request === 'sample') await draw(run, run.stepSamplePath(step));
      if (request === 'stop') isAskedToStop = true;
    }
  };

  /** Saves what there is; a run that ends within an epoch gets its picture too. */
  const finish = async () => {
    const { step } = subject;
    try {
      await endRow();
    } finally {
      await save(false);
    }
    const within = step > first && !epochs.endsAt(step);
    if (run && options.sampleEvery > 0 && within) await draw(run, run.stepSamplePath(step));
  };

  const train = async () => {
    let freshEpoch = false;
    while (subject.step < last && !stopping.isStopped && !isAskedToStop) {
      if (freshEpoch) {
        epochTally = new Tally();
        epochBegan = performance.now();
      }
      stepping = true;
      const chunk = await subject.run(schedule.stepsFrom(subject.step)).catch(async (error: unknown) => {
        if (!(await supervision.survives(error))) throw error;
        return null;
      });
      stepping = false;
      if (chunk === null) continue;
      // What was trained before is good, and is saved.
      if (chunk.lost) stopping.stop(new DcganError('ERR_PARALLEL', chunk.lost));
      for (const tally of [row, epochTally, whole]) tally.add(chunk);
      const { step } = subject;
      if (chunk.notice) await logged({ type: 'notice', step, message: chunk.notice });
      if (chunk.losses.length === 0) continue;
      freshEpoch = epochs.endsAt(step);
      if (schedule.reports(step)) await endRow();
      if (freshEpoch) {
        await endEpoch();
        await supervision.endsEpoch();
      }
      if (run) {
        await writeDue(run);
        await answer(run);
      }
    }
    await finish();
  };

  try {
    stopping.throwIfStopped();
    const start = { type: 'start', step: first, steps, stepsPerEpoch, device, precision, seed } as const;
    // By themselves these may not take the place of what an earlier training wrote after this step.
    run?.holdMetrics(start);
    report({ ...start, outDir });
    for (const message of subject.notices) {
      const notice = { type: 'notice', step: first, message } as const;
      run?.holdMetrics(notice);
      report(notice);
    }
    await supervision.begin();
    await train().catch(async (error: unknown) => {
      // Whatever failed, the disk or the encoder, the training up to here is good. Where it is the steps that failed, what
      // is at the edge of diverging must not replace a checkpoint from well before.
      if (!stepping && subject.step > first) await quietly(finish);
      if (subject.step > first) await quietly(() => recordFailure(run, subject.step, error));
      throw error;
    });
    const ended = {
      step: subject.step,
      epoch: epochs.of(subject.step),
      ...epochTally.means(model),
      steps: whole.steps,
      imagesPerSecond: whole.means(model).imagesPerSecond,
      seconds: (performance.now() - began) / 1000,
    };
    const summary: TrainSummary = { ...ended, outDir, checkpoint, sample };
    if (subject.step > first) await run?.appendMetrics({ type: 'end', ...ended });
    report({ type: 'end', ...summary });
    await stopping.handlersDone();
    stopping.throwIfStopped();
    return summary;
  } finally {
    requests?.close();
    stopping.close();
  }
}

/** What is told of each request. */
const answers: Readonly<Record<RunRequest, string>> = {
  save: 'A checkpoint is saved, as was asked.',
  sample: 'A picture is drawn, as was asked.',
  stop: 'Training stops, as was asked, and everything is saved.',
};

/** After a failure the failure is what matters: one of what is written then must not hide it. */
async function quietly(write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch {
    // The caller throws what happened first.
  }
}

/** Why a training ended, for those who look at the run. */
async function recordFailure(run: RunWriter | null, step: number, error: unknown): Promise<void> {
  const { message } = error as Error;
  const code = error instanceof DcganError ? error.code : null;
  await run?.appendMetrics({ type: 'failure', step, code, message });
}
