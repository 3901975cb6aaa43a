import type { FitOptions } from '../options.js';
import { Run, resolveCheckpoint } from '../run/run.js';
import { GanTrainer } from '../training/trainer.js';
import { configOf, emptyConfig, type RunConfig, readConfig } from './config.js';
import { pickFitOptions, pickModelOptions } from './options.js';
import type { TrainFlags } from './train.js';

/** A training that is ready to begin. */
export interface TrainingJob {
  readonly trainer: GanTrainer;
  readonly epochs: number;
  readonly fit: FitOptions;
  /** Whether the run has all that it was first asked for already, and no more is asked for. */
  readonly isComplete: boolean;
  /** Whether it goes on for a number of its own, rather than to the one that the run was first asked for. */
  readonly isExtension: boolean;
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
  return {
    trainer,
    epochs: epochsOf(asked),
    fit: { ...fit, outDir: fit.outDir ?? true },
    isComplete: false,
    isExtension: false,
  };
}

/**
 * Goes on with a run in its directory: for as much more as the flags say, else up to what was first asked for.
 * @param warn is told of checkpoints that are damaged and passed over
 * @throws DcganError ERR_CHECKPOINT_…, ERR_OPTION.
 */
export async function resumedJob(
  directory: string,
  flags: TrainFlags,
  warn: (line: string) => void,
): Promise<TrainingJob> {
  const config = configOf(await new Run(directory).readConfig());
  const { checkpoint, skipped } = await resolveCheckpoint(directory);
  for (const error of skipped) warn(`warning: ${error.message}`);
  const data = flags.data === undefined ? {} : { data: flags.data };
  const allowMismatch = flags.force ?? false;
  const trainer = await GanTrainer.resume(directory, { ...pickModelOptions(flags), ...data, allowMismatch });

  const more = amountOf(flags);
  const perEpoch = Math.max(1, Math.floor((checkpoint.data?.count ?? 0) / trainer.options.batchSize));
  const amount = more ?? { steps: stepsLeft(config.fit, trainer.step, perEpoch) };
  return {
    trainer,
    epochs: epochsOf(amount),
    fit: { ...fitOptions(config, flags, amount.steps), outDir: directory },
    isComplete: amount.steps === 0 && !more,
    isExtension: more !== null,
  };
}

function amountOf({ epochs, steps }: Amount): Amount | null {
  return epochs === undefined && steps === undefined ? null : { epochs, steps };
}

/** When only steps are asked for, epochs must not end it sooner: each has at least one step. */
function epochsOf({ epochs, steps }: Amount): number {
  return epochs ?? Math.min(steps ?? defaultEpochs, 1e9);
}

function stepsLeft({ epochs = defaultEpochs, steps }: Amount, step: number, stepsPerEpoch: number): number {
  return Math.max(0, Math.min(epochs * stepsPerEpoch, steps ?? Number.POSITIVE_INFINITY) - step);
}

/** Steps are always set: those of the config belong to its own amount, and must not shorten another. */
function fitOptions(config: RunConfig, flags: TrainFlags, steps: number | undefined): FitOptions {
  return { ...pickFitOptions(config.fit), ...pickFitOptions(flags), steps };
}
