import { makeParent } from '../files/directories.js';
import { digitsGenerator } from '../generation/generator.js';
import type { Direction, Directions } from '../latent/directions.js';
import { directionsName, readDirections, writeDirections } from '../latent/directions_file.js';
import { resolveModel } from '../run/run.js';
import { directionsMeant, placeFor } from './beside_model.js';
import type { FindFlags, ShowDirectionsFlags } from './directions.js';
import { refuseTaken } from './export.js';
import { untilInterrupted } from './interruption.js';
import { withGenerator } from './model_meant.js';
import { PhaseLine } from './phase_line.js';
import { shellQuote } from './report.js';
import { writeStdout } from './stdout.js';

/**
 * Finds directions, writes them, and tells what each does.
 * @param source a run or a checkpoint; undefined: the digits of the package
 * @returns the exit status
 * @throws DcganError ERR_OUTPUT_EXISTS unless `--force`, ERR_OUTPUT, and those of `Generator.directions`.
 */
export async function runFinding(source: string | undefined, flags: FindFlags): Promise<number> {
  const { measure, sefa, samples, keepClass, features, best = false, force, json, quiet = false } = flags;
  const loaded = await resolveModel(source ?? digitsGenerator, best);
  const out = placeFor(flags.out, source, loaded.path, directionsName);
  if (!force) await refuseTaken(out);
  const line = new PhaseLine(quiet);
  return untilInterrupted(async (signal) => {
    const { seed } = flags;
    await withGenerator(loaded, flags, async (generator) => {
      const onProgress = ({ done, of }: { done: number; of: number }) => line.show('finding', done, of);
      const common = { seed, features, signal, onProgress };
      const found: Directions[] = [];
      // With --sefa alone measures are not meant.
      if (measure !== undefined || sefa === undefined) {
        const measures = measure?.split(',').map((name) => name.trim());
        found.push(await generator.directions({ ...common, measures, samples, keepClass }));
      }
      if (sefa !== undefined)
        found.push(await generator.directions({ ...common, method: 'sefa', count: sefa }));
      line.stop();
      const all = { ...found[0]!, directions: found.flatMap(({ directions }) => directions) };
      await makeParent(out);
      await writeDirections(out, all);
      if (json) await writeStdout(`${JSON.stringify({ path: out, directions: all.directions.map(told) })}\n`);
      if (quiet) return;
      process.stderr.write(`${table(all.directions)}\nFound ${all.directions.length} directions: ${out}\n`);
      const named = `${source === undefined ? '' : ` ${shellQuote(source)}`} --direction ${all.directions[0]!.name}`;
      const file = flags.out === undefined && source !== undefined ? '' : ` --directions ${shellQuote(out)}`;
      process.stderr.write(`  use them: npx dcgan-native edit${named}${file}\n`);
    }).finally(() => line.stop());
  });
}

/** Tells what directions go with a model. @throws DcganError ERR_LATENTS where there are none. */
export async function runShowing(source: string | undefined, flags: ShowDirectionsFlags): Promise<void> {
  const { path } = await resolveModel(source ?? digitsGenerator, flags.best ?? false);
  const file = await directionsMeant(flags.directions, path);
  const { directions } = await readDirections(file);
  const said = flags.json
    ? JSON.stringify({ path: file, directions: directions.map(whole) })
    : table(directions);
  await writeStdout(`${said}\n`);
}

/** Without its numbers, which are in the file. */
const told = ({ name, report }: Direction) => ({ name, report });
const whole = ({ vector, ...others }: Direction) => ({ ...others, vector: [...vector] });

/** A line for each direction, below what its columns are. */
function table(directions: readonly Direction[]): string {
  const head = ['direction', 'measure', 'at −3', 'at 0', 'at 3', 'monotone', 'class stays'];
  const percent = (share: number | null) => (share === null ? '–' : `${(100 * share).toFixed(1)} %`);
  const rows = directions.map(({ name, report }) => {
    if (!report) return [name, '–', '–', '–', '–', '–', '–'];
    const { measure, means, monotone, classStays } = report;
    const middle = (means.length - 1) / 2;
    const values = [means[0]!, means[middle]!, means.at(-1)!].map((value) => value.toFixed(3));
    return [name, measure, ...values, percent(monotone), percent(classStays)];
  });
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  return [head, ...rows]
    .map((row) =>
      row.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '),
    )
    .join('\n');
}
