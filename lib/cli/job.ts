import { DcganError } from '../errors.js';
import { presets } from '../presets.js';
import type { Amount } from '../run/record.js';
import { openRun } from '../run/run.js';
import type { FitOptions } from '../training/fit_options.js';
import type { FitRun } from '../training/fit_run.js';
import { GanTrainer } from '../training/trainer.js';
import { configOf, emptyConfig, type RunConfig, readConfig } from './config.js';
import { pickData, pickFitOptions, pickModelOptions } from './options.js';
import type { TrainFlags } from './train.js';

/** A training that is ready to begin. */
export interface TrainingJob {
  readonly trainer: GanTrainer;
  /** Whichever ends first; null when `fit` says how many steps. */
  readonly epochs: number | null;
  readonly fit: FitOptions;
  /** What is to be told before. */
  readonly notices: readonly string[];
  /** Whether the run has all that it was last asked for already, and no more is asked for. */
  readonly isComplete: boolean;
}

/**
 * A new run, with `--from` one that begins with a checkpoint, with `--config` the repetition of one.
 * @throws DcganError ERR_CHECKPOINT_…; ERR_OPTION when a config cannot be used, or an option is wrong.
 */
export async function newJob(flags: TrainFlags): Promise<TrainingJob> {
  const config = flags.config === undefined ? emptyConfig : await readConfig(flags.config);
  const asked = amountOf(flags) ??
    amountOf(config.fit) ?? { epochs: presets[flags.preset ?? 'article'].epochs };
  const data = pickData(flags) ?? config.data;
  if (data === undefined && config.ownData !== undefined) {
    const said = `Option 'config' is wrong: ${flags.config} is of a run on a program's own images, '${config.ownData}', which no name leads to. Name images with --data as well.`;
    throw new DcganError('ERR_OPTION', said, { value: flags.config });
  }
  const options = { ...config.model, ...pickModelOptions(flags), data };
  const { preset } = flags;
  const trainer =
    flags.from === undefined
      ? new GanTrainer({ ...options, preset })
      : await GanTrainer.load(flags.from, { ...options, allowMismatch: flags.force ?? false });
  const fit = fitOptions(config, flags, asked.steps);
  const { notices } = config;
  const epochs = asked.epochs ?? null;
  return { trainer, epochs, fit: { ...fit, outDir: fit.outDir ?? true }, notices, isComplete: false };
}

/**
 * Goes on with a run in its directory: for as much more as the flags say, else up to what it was last asked for.
 * @throws DcganError ERR_CHECKPOINT_…, ERR_DATA_…, ERR_OPTION.
 */
export async function resumedJob(directory: string, flags: TrainFlags): Promise<TrainingJob> {
  const opened = await openRun(directory);
  const data = flags.data === undefined ? {} : { data: pickData(flags) };
  const allowMismatch = flags.force ?? false;
  const trainer = await GanTrainer.resume(opened, { ...pickModelOptions(flags), ...data, allowMismatch });
  try {
    const more = amountOf(flags);
    const amount: Amount = more ?? { steps: (await trainer.stepsLeft()) ?? 0 };
    return {
      trainer,
      epochs: amount.epochs ?? null,
      notices: [],
      fit: { ...fitOptions(configOf(opened.config), flags, amount.steps), outDir: directory },
      isComplete: amount.steps === 0 && !more,
    };
  } catch (error) {
    trainer.dispose();
    throw error;
  }
}

function amountOf({ epochs, steps }: Amount): Amount | null {
  return epochs === undefined && steps === undefined ? null : { epochs, steps };
}

/** Begins the training. */
export function train({ trainer, epochs, fit }: TrainingJob, more: FitOptions): FitRun {
  const options = { ...fit, ...more };
  return epochs === null ? trainer.fit({ ...options, steps: options.steps! }) : trainer.fit(epochs, options);
}

/** Steps are always set: those of the config belong to its own amount, and must not shorten another. */
function fitOptions(config: RunConfig, flags: TrainFlags, steps: number | undefined): FitOptions {
  return { ...pickFitOptions(config.fit), ...pickFitOptions(flags), steps };
}
