import * as v from 'valibot';
import { DcganError } from '../errors.js';
import { leastSamples } from '../evaluation/evaluator.js';
import { abortSignal, check, count } from '../options.js';
import type { TrainEvent } from './events.js';

const notAPath = 'must be a path, true or null';
const pathOrTrue = v.nullable(v.union([v.literal(true), v.pipe(v.string(), v.nonEmpty(notAPath))], notAPath));

const fitSchema = v.strictObject({
  steps: v.optional(count(1, 2 ** 31)),
  outDir: v.optional(pathOrTrue),
  checkpointEvery: v.optional(count(0, 1e6), 1),
  checkpointEverySteps: v.optional(count(0, 1e9), 0),
  keepCheckpoints: v.optional(count(1, 1e6), 3),
  keepEvery: v.optional(count(0, 1e6), 0),
  sampleEvery: v.optional(count(0, 1e6), 1),
  sampleEverySteps: v.optional(count(0, 1e9), 0),
  sampleCount: v.optional(count(1, 4096)),
  logEvery: v.optional(count(1, 1e6), 10),
  tensorboard: v.optional(pathOrTrue),
  evaluateEvery: v.optional(count(0, 1e6), 0),
  evaluateSamples: v.optional(count(leastSamples, 100_000), 10_000),
  evaluateFeatures: v.optional(v.nullable(v.pipe(v.string(), v.nonEmpty('must be a path'))), null),
  onCollapse: v.optional(v.picklist(['ignore', 'stop', 'rollback']), 'ignore'),
  rollbacks: v.optional(count(1, 100), 3),
  signal: v.optional(abortSignal),
  onEvent: v.optional(v.function('must be a function')),
});

/** Options of one `fit`: what is written and how often. */
export interface FitOptions {
  /** Take at most this many steps. Default: whole epochs. */
  readonly steps?: number;
  /**
   * The run directory to write: created, or continued when this trainer wrote or resumed it. `true` makes the
   * next free `runs/0001`, `runs/0002`, …. Default: nothing is written.
   */
  readonly outDir?: string | true | null;
  /** Epochs between checkpoints; 0: only one at the end. Default 1. */
  readonly checkpointEvery?: number;
  /** Steps between additional checkpoints; 0: none. Default 0. */
  readonly checkpointEverySteps?: number;
  /** How many of the newest checkpoints to keep. Default 3. */
  readonly keepCheckpoints?: number;
  /** Keep every Kth epoch's checkpoint for good; 0: none. Default 0. */
  readonly keepEvery?: number;
  /**
   * Epochs between sample grids; 0: none. Default 1. Unless it is 0, there are also one each after a
   * hundredth and a tenth of a model's first epoch, and one at the end of a training that ends within an
   * epoch.
   */
  readonly sampleEvery?: number;
  /** Steps between additional sample grids; 0: none. Default 0. */
  readonly sampleEverySteps?: number;
  /** Images in a sample grid. Default 16, or of a model with classes a row of 8 for each of them. */
  readonly sampleCount?: number;
  /** Steps between `step` events. Default 10. */
  readonly logEvery?: number;
  /**
   * Writes event files for TensorBoard, with the losses, rates, evaluations and sample grids: into `tensorboard` in the run
   * (`true`), or into a directory that holds one for each run, by its name. Where no run is written that directory holds the
   * files themselves, without sample grids. Default: none.
   */
  readonly tensorboard?: string | true | null;
  /**
   * Epochs between evaluations of what is drawn; 0: none. The model of the lowest FID is kept in the run, as
   * `checkpoints/best.safetensors`. Default 0.
   */
  readonly evaluateEvery?: number;
  /** Images that an evaluation draws. Default 10,000. */
  readonly evaluateSamples?: number;
  /** A classifier that `features train` made, or an ONNX file, by which images are judged. Default: the package's own, for digits. */
  readonly evaluateFeatures?: string | null;
  /**
   * What to do when the discriminator wins or the generator collapses: only tell (`ignore`), end with ERR_COLLAPSED (`stop`), or go
   * back to the best model with other batches and half the rate (`rollback`, which needs `evaluateEvery`). Default `ignore`.
   */
  readonly onCollapse?: 'ignore' | 'stop' | 'rollback';
  /** How often a run may go back before it ends with ERR_COLLAPSED. Default 3. */
  readonly rollbacks?: number;
  /** Stops training between two steps, saves everything, and rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * Called for every event, in order, before training goes on to write more. When it throws, or a promise
   * that it returns rejects, training stops between two steps, saves everything, and rejects with that.
   * Training does not wait for such a promise between steps; `fit` is done when they all are, so none of them
   * may await `fit`.
   */
  readonly onEvent?: (event: TrainEvent) => unknown;
}

export type ResolvedFitOptions = v.InferOutput<typeof fitSchema>;

/** What a `fit` is asked for. */
export interface FitRequest {
  /** Epochs to train; null when steps alone were asked for. */
  readonly epochs: number | null;
  readonly options: ResolvedFitOptions;
}

/**
 * Checks what `fit` was called with: epochs and options, or options that say how many steps.
 * @throws DcganError ERR_OPTION.
 */
export function fitRequest(first: number | FitOptions, second?: FitOptions): FitRequest {
  if (typeof first === 'number' || first === null || typeof first !== 'object') {
    const { epochs } = check(v.strictObject({ epochs: count(1, 1e9) }), { epochs: first });
    return { epochs, options: fitOptions(second ?? {}) };
  }
  const options = fitOptions(first);
  if (options.steps !== undefined && second === undefined) return { epochs: null, options };
  const said =
    "Option 'steps' is missing: call fit(epochs, options), or fit({ steps, … }) with everything in one object.";
  throw new DcganError('ERR_OPTION', said, { value: first });
}

function fitOptions(given: FitOptions): ResolvedFitOptions {
  const options = check(fitSchema, given);
  if (options.tensorboard === true && !options.outDir) {
    const said =
      "Option 'tensorboard' is wrong: true is for a run, and none is written. Give outDir as well, or a directory in place of true.";
    throw new DcganError('ERR_OPTION', said, { value: true });
  }
  if (options.onCollapse !== 'rollback' || options.evaluateEvery > 0) return options;
  const said =
    "Options 'onCollapse' and 'evaluateEvery' contradict each other: without evaluations there is no best model to go back to. Give evaluateEvery, 1 for one after each epoch.";
  throw new DcganError('ERR_OPTION', said, { value: given.onCollapse });
}
