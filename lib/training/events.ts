import type { EvaluationReport } from '../evaluation/report.js';
import type { Alarm } from './watchdog.js';

/**
 * What a running `fit` reports, to its async iterator and to `onEvent`. Losses are means over the steps they
 * span.
 */
export type TrainEvent =
  | DataEvent
  | StartEvent
  | NoticeEvent
  | StepEvent
  | EpochEvent
  | EvaluationEvent
  | WatchdogEvent
  | RollbackEvent
  | SampleEvent
  | CheckpointEvent
  | EndEvent;

/** Pictures are being read, before training starts; sent now and then. */
export interface DataEvent {
  readonly type: 'data';
  /** Pictures that are read. */
  readonly done: number;
  readonly of: number;
}

/** Training is about to take its first step. */
export interface StartEvent {
  readonly type: 'start';
  /** Steps taken before this `fit`. */
  readonly step: number;
  /** Steps that this `fit` will take, unless it is stopped. */
  readonly steps: number;
  readonly stepsPerEpoch: number;
  /** The run directory, or null when nothing is written. */
  readonly outDir: string | null;
  readonly device: string;
  readonly precision: string;
  readonly seed: number;
}

/**
 * Something that the user should know: a GPU without captured graphs, say, or a damaged checkpoint that was
 * passed over.
 */
export interface NoticeEvent {
  readonly type: 'notice';
  readonly step: number;
  readonly message: string;
}

/** Some steps were taken; losses are their mean. Sent at most every `logEvery` steps. */
export interface StepEvent {
  readonly type: 'step';
  /** Steps taken since the first of this model. */
  readonly step: number;
  /** The epoch that this step belongs to, from 1. */
  readonly epoch: number;
  /** How many steps the means span. */
  readonly steps: number;
  readonly generatorLoss: number;
  /** Without penalties. */
  readonly discriminatorLoss: number;
  /** The sum of all penalties, where there are some. */
  readonly penalty?: number;
  readonly imagesPerSecond: number;
}

/** The last step of an epoch was taken. */
export interface EpochEvent {
  readonly type: 'epoch';
  /** The epoch that ended, from 1. */
  readonly epoch: number;
  readonly step: number;
  /** How many steps of this epoch this `fit` took: the means span them. */
  readonly steps: number;
  readonly generatorLoss: number;
  readonly discriminatorLoss: number;
  readonly penalty?: number;
  readonly imagesPerSecond: number;
  /** Time since the epoch (or this `fit`, when it began within it) began, in seconds. */
  readonly seconds: number;
}

/** What was drawn after an epoch was judged: FID and the others, as `evaluate` gives them. */
export interface EvaluationEvent
  extends Pick<EvaluationReport, 'figures' | 'variety' | 'samples' | 'features' | 'seconds'> {
  readonly type: 'evaluation';
  readonly step: number;
  readonly epoch: number;
}

/** Something is wrong with the training: what was seen, and what to try. */
export interface WatchdogEvent extends Alarm {
  readonly type: 'watchdog';
  readonly step: number;
  readonly epoch: number;
}

/** Training went back to the best model, and goes on from there with other batches and a smaller rate. */
export interface RollbackEvent {
  readonly type: 'rollback';
  readonly step: number;
  readonly epoch: number;
  /** The step at which that model was. */
  readonly to: number;
  /** From now on. */
  readonly learningRate: number;
  /** Which rollback of the run it is, from 1, of how many that are allowed. */
  readonly number: number;
  readonly of: number;
}

/** A grid of samples from the fixed latent vectors was written. */
export interface SampleEvent {
  readonly type: 'sample';
  readonly epoch: number;
  readonly step: number;
  readonly path: string;
}

/** A checkpoint was written, and is whole. */
export interface CheckpointEvent {
  readonly type: 'checkpoint';
  readonly step: number;
  readonly path: string;
}

/** Training has ended or was stopped; everything is saved. */
export interface EndEvent extends TrainSummary {
  readonly type: 'end';
}

/** What `fit` resolves to. */
export interface TrainSummary {
  readonly step: number;
  readonly epoch: number;
  /** Steps that this `fit` took. */
  readonly steps: number;
  /**
   * Mean losses over the last epoch, or the part of it, that this `fit` trained; NaN when it took no step.
   */
  readonly generatorLoss: number;
  readonly discriminatorLoss: number;
  readonly penalty?: number;
  readonly seconds: number;
  readonly imagesPerSecond: number;
  readonly outDir: string | null;
  readonly checkpoint: string | null;
  readonly sample: string | null;
}
