import { setTimeout } from 'node:timers/promises';
import { DcganError } from '../errors.js';
import { presets } from '../presets.js';
import type { Amount } from '../run/record.js';
import { holdsRun, openRun, sessionOf } from '../run/run.js';
import { locked, staleAfter } from '../run/sessions.js';
import type { FitOptions } from '../training/fit_options.js';
import type { FitRun } from '../training/fit_run.js';
import { onAbort } from '../training/on_abort.js';
import { GanTrainer } from '../training/trainer.js';
import { companyOptions } from './company.js';
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
 * The training that the flags ask for.
 * @param signal ends the waiting for other processes, and for a run that one of them still seems to write
 * @throws DcganError ERR_USAGE, those of the training; the signal's reason.
 */
export async function jobOf(
  flags: TrainFlags,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<TrainingJob> {
  const { resume, out } = flags;
  if (resume === undefined) return newJob(flags);
  if (resume !== 'auto') {
    if (out === undefined) return resumedJob(resume, flags, signal);
    const said =
      "option '--resume <run>' cannot be used with option '--out <dir>': a run goes on in its own directory. Leave --out out.";
    throw new DcganError('ERR_USAGE', said, { value: out });
  }
  if (out === undefined) {
    const said = "Option '--resume auto' needs '--out': the directory in which the run goes on, or begins.";
    throw new DcganError('ERR_USAGE', said, { value: resume });
  }
  // Who starts a job again gives the same command, whose number is that of the whole.
  return (await awaitRun(out, say, signal))
    ? resumedJob(out, { ...flags, epochs: undefined, steps: undefined }, signal)
    : newJob(flags);
}

/**
 * What a process does that others lead: it takes from the leading one what it was not given itself.
 * @throws DcganError ERR_OPTION.
 */
export function followingJob(flags: TrainFlags): TrainingJob {
  const { preset } = flags;
  const options = { ...pickModelOptions(flags), ...companyOptions(flags), data: pickData(flags) };
  return {
    trainer: new GanTrainer({ ...options, preset }),
    epochs: 1,
    fit: {},
    notices: [],
    isComplete: false,
  };
}

/**
 * A new run, with `--from` one that begins with a checkpoint, with `--config` the repetition of one.
 * @throws DcganError ERR_CHECKPOINT_…; ERR_OPTION when a config cannot be used, or an option is wrong.
 */
async function newJob(flags: TrainFlags): Promise<TrainingJob> {
  const config = flags.config === undefined ? emptyConfig : await readConfig(flags.config);
  const asked = amountOf(flags) ??
    amountOf(config.fit) ?? { epochs: presets[flags.preset ?? 'article'].epochs };
  const data = pickData(flags) ?? config.data;
  if (data === undefined && config.ownData !== undefined) {
    const said = `Option 'config' is wrong: ${flags.config} is of a run on a program's own images, '${config.ownData}', which no name leads to. Name images with --data as well.`;
    throw new DcganError('ERR_OPTION', said, { value: flags.config });
  }
  const options = { ...config.model, ...pickModelOptions(flags), ...companyOptions(flags), data };
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
async function resumedJob(directory: string, flags: TrainFlags, signal: AbortSignal): Promise<TrainingJob> {
  const opened = await openRun(directory);
  const data = flags.data === undefined ? {} : { data: pickData(flags) };
  const allowMismatch = flags.force ?? false;
  const options = { ...pickModelOptions(flags), ...companyOptions(flags) };
  const trainer = await GanTrainer.resume(opened, { ...options, ...data, allowMismatch });
  // How much is left follows from the data, before which it may wait for other processes.
  const forgetSignal = onAbort(signal, () => trainer.dispose());
  try {
    const more = amountOf(flags);
    const amount: Amount = more ?? { steps: (await trainer.stepsLeft()) ?? 0 };
    if (amount.steps === 0 && !more) await trainer.dismiss();
    return {
      trainer,
      epochs: amount.epochs ?? null,
      notices: [],
      fit: { ...fitOptions(configOf(opened.config), flags, amount.steps), outDir: directory },
      isComplete: amount.steps === 0 && !more,
    };
  } catch (error) {
    trainer.dispose();
    signal.throwIfAborted();
    throw error;
  } finally {
    forgetSignal();
  }
}

/** Seconds between two looks whether a run is free. */
const pace = 1;

/**
 * Whether a directory holds a run, once no other process writes it: one that was killed on another machine may seem to for a minute.
 * @throws DcganError ERR_RUN_LOCKED when one really does; the signal's reason.
 */
async function awaitRun(
  directory: string,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<boolean> {
  if (!(await holdsRun(directory))) return false;
  for (let waited = 0; ; waited += pace) {
    const session = await sessionOf(directory);
    if (!session || session.isOver) return true;
    if (waited > staleAfter + 10) throw locked(directory, session);
    if (waited === 0)
      say(
        `Waiting until ${directory} is free: its last process gave a sign of life ${Math.round(session.silent)} s ago.`,
      );
    await setTimeout(pace * 1000, undefined, { signal }).catch(() => signal.throwIfAborted());
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
