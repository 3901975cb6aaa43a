import { dirname } from 'node:path';
import { readCheckpoint } from '../checkpoint/checkpoint.js';
import type { Dashboard } from '../dashboard/dashboard.js';
import { outputError } from '../files/output_error.js';
import { exportAs } from '../interop/export.js';
import type { ExportFormat } from '../interop/formats.js';
import { type Place, placeFrom } from '../parallel/place.js';
import type { TrainEvent, TrainSummary } from '../training/events.js';
import type { CompanyFlags } from './company.js';
import { serveDashboard } from './dashboard.js';
import { Interruption, InterruptionWatch } from './interruption.js';
import { followingJob, jobOf, type TrainingJob, train } from './job.js';
import { pickModelOptions } from './options.js';
import { createPreview } from './preview.js';
import { createProgress, loss, type Progress } from './progress.js';
import { shellQuote } from './report.js';
import type { TrainFlags } from './train.js';

/** The latest event of each kind, for the words at the end. */
type Latest = { [Type in TrainEvent['type']]?: Extract<TrainEvent, { type: Type }> };

/**
 * Trains as the flags say, showing progress on stderr.
 * @returns the exit status: 0, or that of an `Interruption`
 * @throws DcganError whatever makes it impossible.
 */
export async function runTraining(flags: TrainFlags): Promise<number> {
  const progress = createProgress(process.stderr, flags.quiet ?? false);
  const watch = new InterruptionWatch(({ by }) => {
    progress.say(by === 'Ctrl-C' ? 'Saving. One more Ctrl-C stops at once.' : 'Saving.');
  });
  const latest: Latest = {};
  let job: TrainingJob | null = null;
  let dashboard: Promise<Dashboard | null> = Promise.resolve(null);
  try {
    const place = placeOf(flags);
    if (place && place.rank > 0) return await followTraining(flags, progress, watch.signal);
    job = await jobOf(flags, (line) => progress.say(line), watch.signal);
    if (job.isComplete) {
      const run = flags.resume === 'auto' ? flags.out : flags.resume;
      progress.say(`${run} is complete. Name how many more: --epochs N or --steps N.`);
      return 0;
    }
    const preview = flags.preview && !flags.quiet ? createPreview(process.stderr, progress) : null;
    const onEvent = (event: TrainEvent) => {
      Object.assign(latest, { [event.type]: event });
      progress.show(event);
      if (event.type === 'sample') preview?.show(event);
      if (event.type === 'start' && event.outDir && flags.dashboard !== undefined) {
        dashboard = showRun(event.outDir, flags.dashboard, progress);
      }
      if (flags.json) print(event);
    };
    for (const notice of job.notices) progress.say(notice);
    const summary = await train(job, { signal: watch.signal, onEvent }).finally(() => preview?.done());
    progress.say(resultLine(summary));
    if (flags.export) await exportResult(progress, flags.export, summary);
    sayWhere(progress, latest, await plot(progress, latest), '--epochs 10');
    if (isPlain(flags)) progress.say(betterWays);
    return 0;
  } catch (error) {
    progress.stop();
    if (error instanceof Interruption) {
      sayStopped(progress, error, latest, await plot(progress, latest));
      return error.exitCode;
    }
    if (latest.checkpoint) progress.say(`The last good checkpoint: ${latest.checkpoint.path}`);
    throw error;
  } finally {
    job?.trainer.dispose();
    await (await dashboard)?.close();
    watch.close();
  }
}

/** The place that flags and environment give this process; null alone. @throws DcganError ERR_PARALLEL. */
function placeOf({ alone, rank, worldSize, master }: CompanyFlags): Place | null {
  return alone ? null : placeFrom(process.env, { rank, worldSize, master });
}

/** Trains as one of several processes that another one leads, which shows and writes all. */
async function followTraining(flags: TrainFlags, progress: Progress, signal: AbortSignal): Promise<number> {
  const job = followingJob(flags);
  try {
    const onEvent = (event: TrainEvent) => {
      if (event.type === 'notice') progress.show(event);
    };
    await train(job, { signal, onEvent });
    return 0;
  } catch (error) {
    if (error instanceof Interruption) return error.exitCode;
    throw error;
  } finally {
    job.trainer.dispose();
  }
}

/** Serves a page of a run while it is trained. What is trained is good without it. */
async function showRun(run: string, port: number | true, progress: Progress): Promise<Dashboard | null> {
  try {
    const { dashboard, url } = await serveDashboard([run], port === true ? undefined : port);
    progress.say(`dashboard: ${url}`);
    return dashboard;
  } catch (error) {
    progress.say(`The dashboard cannot be shown: ${(error as Error).message}`);
    return null;
  }
}

/**
 * Draws how the run went, into the run. What was trained is good without it.
 * @returns where the picture is; null where there is nothing to draw yet, or it could not be drawn
 */
async function plot(progress: Progress, { start, end }: Latest): Promise<string | null> {
  if (!start?.outDir || !end) return null;
  const { writeRunPlot } = await import('../plot/plot.js');
  try {
    return (await writeRunPlot(start.outDir)).at(-1) ?? null;
  } catch (error) {
    progress.say(`The run could not be plotted: ${(error as Error).message}`);
    return null;
  }
}

const betterWays =
  '  better:     --preset fast has good digits in two minutes, --preset best the best in half an hour';

/** Whether nothing was asked for but the article's recipe, new from its beginning. */
function isPlain(flags: TrainFlags): boolean {
  const { preset, config, resume, from } = flags;
  const model = Object.keys(pickModelOptions(flags)).filter((name) => !incidental.has(name));
  return [preset, config, resume, from].every((flag) => flag === undefined) && model.length === 0;
}

/** Options that leave the recipe as it is. */
const incidental: ReadonlySet<string> = new Set([
  'seed',
  'device',
  'threads',
  'precision',
  'tf32',
  'memoryFormat',
]);

/** Writes what `--export` asks for into the run. */
async function exportResult(
  progress: Progress,
  format: ExportFormat,
  { outDir, checkpoint }: TrainSummary,
): Promise<void> {
  if (outDir === null || checkpoint === null) return;
  const paths = await exportAs(format, outDir, await readCheckpoint(checkpoint));
  progress.say(`  exported:   ${paths.join(', ')}`);
}

function print(event: TrainEvent): void {
  try {
    process.stdout.write(`${JSON.stringify(event)}\n`);
  } catch (error) {
    // Into a file it is written at once, and the disk can be full.
    throw outputError('stdout', error);
  }
}

function resultLine({
  steps,
  seconds,
  imagesPerSecond,
  discriminatorLoss,
  generatorLoss,
}: TrainSummary): string {
  const took = `${steps} steps in ${seconds.toFixed(1)} s (${Math.round(imagesPerSecond)} images/s)`;
  const losses = `discriminator loss ${loss(discriminatorLoss)}, generator loss ${loss(generatorLoss)}`;
  return `Trained ${took}: ${losses}.`;
}

function sayStopped(progress: Progress, { by }: Interruption, latest: Latest, curves: string | null): void {
  const { end } = latest;
  if (!end) {
    progress.say(
      `Stopped by ${by} before the first step: nothing was trained. The same command begins again.`,
    );
    return;
  }
  progress.say(`Stopped by ${by} at step ${end.step}: everything is saved.`);
  // Without a number, --resume goes up to the one that the run was last asked for.
  sayWhere(progress, latest, curves, '');
}

/** Where the pictures, the checkpoint and the curves are, and the command that continues. */
function sayWhere(progress: Progress, latest: Latest, curves: string | null, more: string): void {
  const { sample, checkpoint, start } = latest;
  if (sample) progress.say(`  pictures:   ${dirname(sample.path)} (the newest is ${sample.path})`);
  if (checkpoint) progress.say(`  checkpoint: ${checkpoint.path}`);
  if (curves) progress.say(`  curves:     ${curves}`);
  if (!start?.outDir) return;
  const command = `npx dcgan-native train --resume ${shellQuote(start.outDir)} ${more}`;
  progress.say(`  go on:      ${command.trimEnd()}`);
}
