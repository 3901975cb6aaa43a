import { openRun } from '../run/run.js';
import type { FitOptions } from '../training/fit_options.js';
import { GanTrainer } from '../training/trainer.js';
import { configOf, emptyConfig, type RunConfig, readConfig } from './config.js';
import { pickFitOptions, pickModelOptions } from './options.js';
import type { TrainFlags } from './train.js';

/** A training that is ready to begin. */
export interface TrainingJob {
  readonly trainer: GanTrainer;
  readonly epochs: number;
  readonly fit: FitOptions;
  /** Whether the run has all that it was last asked for already, and no more is asked for. */
  readonly isComplete: boolean;
}

/** How long to train, as far as it was said. */
interface Amount {
  readonly epochs?: number;
  readonly steps?: number;
}

const defaultEpochs = 100;

/**
 * A new run, with `--from` one that begins with a checkpoint, with `--config` the repetition of one.
 * @throws DcganError ERR_CHECKPOINT_…; ERR_OPTION when a config cannot be used, or an option is wrong.
 */
export async function newJob(flags: TrainFlags): Promise<TrainingJob> {
  const config = flags.config === undefined ? emptyConfig : await readConfig(flags.config);
  const asked = amountOf(flags) ?? amountOf(config.fit) ?? { epochs: defaultEpochs };
  const data = flags.data ?? config.data;
  const options = { ...config.model, ...pickModelOptions(flags), data };
  const trainer =
    flags.from === undefined
      ? new GanTrainer(options)
      : await GanTrainer.load(flags.from, { ...options, allowMismatch: flags.force ?? false });
  const fit = fitOptions(config, flags, asked.steps);
  return { trainer, epochs: epochsOf(asked), fit: { ...fit, outDir: fit.outDir ?? true }, isComplete: false };
}

/**
 * Goes on with a run in its directory: for as much more as the flags say, else up to what it was last asked for.
 * @throws DcganError ERR_CHECKPOINT_…, ERR_DATA_…, ERR_OPTION.
 */
export async function resumedJob(directory: string, flags: TrainFlags): Promise<TrainingJob> {
  const opened = await openRun(directory);
  const data = flags.data === undefined ? {} : { data: flags.data };
  const allowMismatch = flags.force ?? false;
  const trainer = await GanTrainer.resume(opened, { ...pickModelOptions(flags), ...data, allowMismatch });
  try {
    const more = amountOf(flags);
    const amount = more ?? { steps: (await trainer.stepsLeft()) ?? 0 };
    return {
      trainer,
      epochs: epochsOf(amount),
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

/** When only steps are asked for, epochs must not end it sooner: each has at least one step. */
function epochsOf({ epochs, steps }: Amount): number {
  return epochs ?? Math.min(steps ?? defaultEpochs, 1e9);
}

/** Steps are always set: those of the config belong to its own amount, and must not shorten another. */
function fitOptions(config: RunConfig, flags: TrainFlags, steps: number | undefined): FitOptions {
  return { ...pickFitOptions(config.fit), ...pickFitOptions(flags), steps };
}
