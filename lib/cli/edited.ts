import type { Direction } from '../latent/directions.js';
import { directionIn, readDirections } from '../latent/directions_file.js';
import { writeLatents } from '../latent/latents_file.js';
import { moved, rowsOf, stacked, times } from '../latent/vectors.js';
import { directionsMeant } from './beside_model.js';
import { drawPath, latentsAsked, type PathDrawer } from './drawn_paths.js';
import type { EditFlags } from './edit.js';
import { refuseTaken } from './export.js';
import { parseStrengths } from './strengths.js';

/**
 * Draws edited images: a frame for each strength.
 * @returns the exit status
 * @throws DcganError ERR_LATENTS, ERR_OPTION, and those of writing frames.
 */
export async function runEdit(source: string | undefined, flags: EditFlags): Promise<number> {
  const { direction: name, save, force } = flags;
  if (save !== undefined && !force) await refuseTaken(save);
  const typed = parseStrengths(flags.strength, flags.steps);
  return drawPath(source, flags, async (drawer) => {
    const { generator, common } = drawer;
    const { latentSize } = generator.options;
    const { latents, labels, from } = await latentsAsked(flags, '0-3', drawer);
    // Without a direction there is one frame, of what was given.
    const [direction, strengths] =
      name === undefined
        ? [new Float32Array(latentSize), [0]]
        : [(await directionMeant(name, flags, drawer)).vector, typed];
    const frames = generator.edit({ ...common, latents, labels, direction, strengths });
    if (save !== undefined) {
      const rows = rowsOf(times(latents, common.truncation), latentSize);
      const all = rows.flatMap((row) => strengths.map((strength) => moved(row, direction, strength)));
      const saved = { latents: stacked(all), latentSize, labels: null, generator: generator.digest };
      await writeLatents(save, saved);
    }
    const cells = latents.length / latentSize;
    const columns = Math.ceil(Math.sqrt(cells));
    return { frames, count: strengths.length, cells, columns, from: { ...from, direction: name, strengths } };
  });
}

/** @throws DcganError ERR_LATENTS. */
async function directionMeant(
  name: string,
  { directions }: EditFlags,
  { generator, loaded }: PathDrawer,
): Promise<Direction> {
  const path = await directionsMeant(directions, loaded.path);
  return directionIn(path, await readDirections(path), name, generator.digest);
}
