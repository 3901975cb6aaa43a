import { join } from 'node:path';
import * as v from 'valibot';
import { DcganError } from '../errors.js';
import { writeFileAtomically } from '../files/atomic.js';
import { loadSharp } from '../image/png.js';
import { check } from '../options.js';
import { runNames } from '../run/run_names.js';
import { drawRuns } from './picture.js';
import { PlottedRun } from './plotted_run.js';

/** How `plotRuns` draws. */
export interface PlotOptions {
  /**
   * What the curves go along: the images that the model has seen, or the time for which it was trained, where what lies between
   * two sessions counts as nothing. Default `images`.
   */
  readonly over?: 'images' | 'time';
}

const schema = v.strictObject({ over: v.optional(v.picklist(['images', 'time']), 'images') });
const runsSchema = v.strictObject({
  runs: v.pipe(v.array(v.pipe(v.string(), v.nonEmpty('must be a path'))), v.nonEmpty('must name a run')),
});

/**
 * Draws how the training of some runs went, together in one picture: losses, learning rates, images per second, and where
 * there were evaluations, FID, recall and precision. Reads `config.json` and `metrics.jsonl`, also while a run is written.
 * @param runs run directories
 * @returns an SVG, which needs no fonts
 * @throws DcganError ERR_CHECKPOINT_NOT_FOUND when one of them is no run, ERR_VALUE when it has no metrics yet,
 * ERR_CHECKPOINT_FORMAT or ERR_CHECKPOINT_READ when it cannot be read; ERR_OPTION.
 * @example
 * const svg = await plotRuns(['runs/0001', 'runs/0002'], { over: 'time' });
 * console.log(svg);
 */
export async function plotRuns(runs: readonly string[], options: PlotOptions = {}): Promise<string> {
  const { over } = check(schema, options);
  const { runs: directories } = check(runsSchema, { runs });
  const names = runNames(directories);
  return drawRuns(
    await Promise.all(directories.map((directory, i) => PlottedRun.read(directory, names[i]!, over))),
    over,
  );
}

/** Pixels of a PNG for one of the SVG. */
const density = 2;

/** A plot as PNG. @throws DcganError ERR_SETUP when the encoder cannot be loaded. */
export async function plotPng(svg: string): Promise<Buffer> {
  const encoder = loadSharp();
  // 72 dots an inch are one pixel for one.
  return encoder(Buffer.from(svg), { density: 72 * density })
    .removeAlpha()
    .png({ compressionLevel: 9 })
    .toBuffer();
}

/**
 * Draws a run into its own directory, as `plot.svg` and `plot.png`.
 * @returns the paths of what was written: of neither where the run has no metrics yet
 * @throws DcganError ERR_OUTPUT, ERR_SETUP; those of `plotRuns`.
 */
export async function writeRunPlot(directory: string): Promise<string[]> {
  const svg = await plotRuns([directory]).catch((error: unknown) => {
    if (error instanceof DcganError && error.code === 'ERR_VALUE') return null;
    throw error;
  });
  if (svg === null) return [];
  const files = { 'plot.svg': Buffer.from(svg), 'plot.png': await plotPng(svg) };
  for (const [name, bytes] of Object.entries(files))
    await writeFileAtomically(join(directory, name), [bytes]);
  return Object.keys(files).map((name) => join(directory, name));
}
