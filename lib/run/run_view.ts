/**
 * How a run is: `running`; `stale`, when its process has given no sign of life for some heartbeats; `crashed`, when that process
 * is gone, or silent for so long that the run is free; `ended` with all that was asked for; `stopped` before, on request;
 * `failed` with an error; `unknown` for a run of a version that did not keep this.
 */
export type RunState = 'running' | 'stale' | 'ended' | 'stopped' | 'failed' | 'crashed' | 'unknown';

/** An FID, and the step of the model that it is of. */
export interface FidAt {
  readonly value: number;
  readonly step: number;
}

/** A run in short: what a list of runs shows. */
export interface RunSummary {
  /** Of letters that need no escape in a URL, and of no other run of the same `openRuns`. */
  readonly id: string;
  /** The name of its directory, or as much of the path as tells it from others. */
  readonly name: string;
  readonly directory: string;
  readonly state: RunState;
  /** What is wrong: why it failed, or why it cannot be read; else null. */
  readonly problem: string | null;
  /** Seconds since the last sign of life of whoever writes it; null where nobody does. */
  readonly silent: number | null;
  /** When its newest session began, ISO 8601; null where that is not known. */
  readonly started: string | null;
  /** The model's step now, by the newest line of the metrics; and that before the run's first. */
  readonly step: number;
  readonly begun: number;
  /** The step at which the newest session has all that was asked for; null where that is not known. */
  readonly lastStep: number | null;
  /** Steps of an epoch; null where that is not known. */
  readonly stepsPerEpoch: number | null;
  /** Over the newest steps; null before the first. */
  readonly imagesPerSecond: number | null;
  /** Until `lastStep`, at that speed; null where nothing is being trained. */
  readonly secondsLeft: number | null;
  readonly newestFid: FidAt | null;
  readonly bestFid: FidAt | null;
  /** How many rows its curves have. */
  readonly rows: number;
  /** Another number when curves are not those of before with more rows behind: a training went on from an earlier step. */
  readonly generation: number;
  /** Another number when anything in `RunDetails` has changed. */
  readonly revision: number;
}

/** Curves as columns of one length: a number for each row of losses, null where it has none. */
export interface Curves {
  /** The model's step after the last that the row tells of. */
  readonly step: readonly number[];
  /** Images that the model had seen by then. */
  readonly images: readonly number[];
  /** Seconds of training until then; what lies between two sessions counts as nothing. */
  readonly seconds: readonly number[];
  readonly discriminatorLoss: readonly (number | null)[];
  readonly generatorLoss: readonly (number | null)[];
  readonly penalty: readonly (number | null)[];
  readonly learningRateGenerator: readonly (number | null)[];
  readonly learningRateDiscriminator: readonly (number | null)[];
  readonly imagesPerSecond: readonly (number | null)[];
}

/** Where something lies on the axes of the curves. */
export interface Place {
  readonly step: number;
  readonly images: number;
  readonly seconds: number;
}

/** An evaluation of the run: each figure beside that of real images, where it has one. */
export interface EvaluatedAt extends Place {
  readonly figures: Readonly<
    Record<string, { readonly value: number; readonly floor?: number; readonly error?: number }>
  >;
}

/** Something that happened. */
export interface Happening extends Place {
  readonly type: 'start' | 'end' | 'failure' | 'notice' | 'watchdog' | 'rollback';
  /** ISO 8601; null where it was not kept. */
  readonly time: string | null;
  /** A sentence. */
  readonly said: string;
}

/** A picture of samples, always of the same latent vectors. */
export interface SampleAt extends Place {
  /** Below the run directory, with forward slashes: `samples/epoch-0001.png`. */
  readonly file: string;
}

/** A checkpoint of the run. */
export interface CheckpointAt {
  readonly step: number;
  /** Below the run directory: `checkpoints/step-00000468.safetensors`. */
  readonly file: string;
  readonly bytes: number;
  /** Whether it stays for good. */
  readonly kept: boolean;
  /** Whether it is the one of the lowest FID. */
  readonly best: boolean;
  /** Of the evaluation at that step, where there was one. */
  readonly fid: number | null;
}

/** All of a run but its curves. */
export interface RunDetails {
  /** What `config.json` says. */
  readonly config: Readonly<Record<string, unknown>>;
  /** How many images a sample picture has, in how many columns, and the seed of its latent vectors; null where that is not known. */
  readonly sampled: { readonly count: number; readonly columns: number; readonly seed: number } | null;
  /** Each in the order of steps. */
  readonly evaluations: readonly EvaluatedAt[];
  readonly happenings: readonly Happening[];
  readonly samples: readonly SampleAt[];
  readonly checkpoints: readonly CheckpointAt[];
}
