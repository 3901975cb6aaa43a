import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { whenMissing } from '../files/missing.js';
import { type MetricsRow, readMetrics } from './metrics.js';
import { readConfig, unreadable } from './record.js';
import { lastSession } from './sessions.js';

/** A sample picture of a run, always of the same latent vectors. */
export interface RunSample {
  /** The model's step, whose images it shows. */
  readonly step: number;
  /** Below the run directory, with forward slashes: `samples/epoch-0001.png`. */
  readonly file: string;
}

/**
 * The metrics of a run, and its sample pictures.
 * @throws DcganError ERR_CHECKPOINT_NOT_FOUND, ERR_CHECKPOINT_FORMAT or ERR_CHECKPOINT_READ when there is no run, or none that can be
 * read.
 */
export async function readSamples(
  directory: string,
): Promise<{ readonly rows: readonly MetricsRow[]; readonly samples: readonly RunSample[] }> {
  await readConfig(directory);
  try {
    const rows = await readMetrics(directory);
    return { rows, samples: await runSamples(directory, rows) };
  } catch (error) {
    throw unreadable(directory, error);
  }
}

/**
 * The sample pictures of a run, in the order of their steps, one of each step. Also while the run is written. What has another
 * name is passed over, and so is what an earlier training left behind the step from which this one went on.
 * @param rows the run's metrics, read before
 * @throws the system's error.
 */
export async function runSamples(
  directory: string,
  rows: readonly MetricsRow[],
): Promise<readonly RunSample[]> {
  const entries = await readdir(join(directory, 'samples'), { withFileTypes: true }).catch(whenMissing([]));
  const files = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => `samples/${name}`);
  if (files.length === 0) return [];
  const session = await lastSession(directory);
  const stepOf = stepFinder(rows, session?.record?.task?.stepsPerEpoch ?? null);
  const byStep = new Map<number, RunSample>();
  // By name, so that of one step the picture of the epoch comes first, and stays.
  for (const file of files.sort()) {
    const step = stepOf(file);
    if (step !== null && !byStep.has(step)) byStep.set(step, { step, file });
  }
  return [...byStep.values()].sort((a, b) => a.step - b.step);
}

/** Finds the step of a picture by its name: null for what is none of the run's. */
function stepFinder(rows: readonly MetricsRow[], stepsPerEpoch: number | null) {
  const drawn = new Map(rows.filter(({ type }) => type === 'sample').map(({ file, step }) => [file, step]));
  const ended = new Map(rows.filter(({ type }) => type === 'epoch').map(({ epoch, step }) => [epoch, step]));
  const reached = rows.findLast(({ type }) => type === 'step')?.step ?? Number.POSITIVE_INFINITY;
  // A picture may lie between two reports of losses, of which the next is still to come.
  const ahead = rows
    .filter(({ type }) => type === 'step')
    .reduce((most, { steps }) => Math.max(most, Number(steps ?? Number.POSITIVE_INFINITY)), 0);
  return (file: string): number | null => {
    const [, kind, digits] = /^samples\/(epoch|step)-(\d{4,12})\.png$/.exec(file) ?? [];
    const number = Number(digits);
    if (kind === 'step') return number <= reached + ahead ? number : null;
    if (kind !== 'epoch') return null;
    const step = drawn.get(file) ?? ended.get(number) ?? number * (stepsPerEpoch ?? Number.NaN);
    // The end of an epoch is reported before it is drawn.
    return step <= reached ? step : null;
  };
}
