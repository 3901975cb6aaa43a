import { pathInside } from '../files/inside.js';
import { whenMissing } from '../files/missing.js';
import { directionsName, readDirections } from '../latent/directions_file.js';
import { sefaDirections } from '../latent/sefa.js';
import type { Loaded } from './kept_generator.js';

/** Directions that get sliders. */
export interface ShownDirections {
  readonly directions: readonly { readonly name: string; readonly vector: Float32Array }[];
  /** Why those of the run are not among them, where it has some. */
  readonly notice: string | null;
}

const sefaCount = 8;
/** Of longer latent vectors the eigenvectors would keep the server busy for too long. */
const mostForSefa = 256;

/** The directions that are kept in a run, where they are of this generator; else the first of its first layer. */
export async function directionsOf({ generator, tensors }: Loaded, run: string): Promise<ShownDirections> {
  const { latentSize } = generator.options;
  const kept = await directionsIn(run, generator.digest);
  if (kept.directions.length > 0 || latentSize > mostForSefa) return kept;
  const vectors = sefaDirections(tensors, latentSize, sefaCount);
  return { ...kept, directions: vectors.map((vector, i) => ({ name: `sefa-${i + 1}`, vector })) };
}

async function directionsIn(run: string, digest: string): Promise<ShownDirections> {
  try {
    const path = await pathInside(run, directionsName).catch(whenMissing(null));
    if (path === null) return { directions: [], notice: null };
    const found = await readDirections(path);
    if (found.generator === digest) return { directions: found.directions, notice: null };
    const notice = `The directions in ${directionsName} are of another checkpoint. Make them anew: npx dcgan-native directions find.`;
    return { directions: [], notice };
  } catch (error) {
    return { directions: [], notice: (error as Error).message };
  }
}
