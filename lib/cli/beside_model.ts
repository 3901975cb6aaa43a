import { DcganError } from '../errors.js';
import { foundBeside, placeBeside } from '../latent/beside.js';
import { directionsName } from '../latent/directions_file.js';

/**
 * Where a file that goes with a model is to be written: as it was typed, else in the run, or beside the checkpoint.
 * @param source what was typed for the model; undefined: the digits of the package, and where it lies is not for us to write
 * @param checkpoint the path that was loaded
 */
export function placeFor(
  out: string | undefined,
  source: string | undefined,
  checkpoint: string,
  name: string,
): string {
  return out ?? (source === undefined ? name : placeBeside(checkpoint, name));
}

/** The file of directions that is meant, as it was typed or as it is found. @throws DcganError ERR_LATENTS where there is none. */
export async function directionsMeant(named: string | undefined, checkpoint: string): Promise<string> {
  const file = named ?? (await foundBeside(checkpoint, directionsName));
  if (file !== null) return file;
  const said = `There are no directions beside ${checkpoint}, and none are named. Find them: npx dcgan-native directions find, or name their file with --directions.`;
  throw new DcganError('ERR_LATENTS', said, { value: checkpoint });
}
