import { join } from 'node:path';
import { picturePaths } from '../data/pictures.js';
import { DcganError } from '../errors.js';
import { isDirectory } from '../files/is_there.js';
import { digitsGenerator, type Generator } from '../generation/generator.js';
import { readPicture } from '../image/decode.js';
import { fitPicture } from '../image/fit_picture.js';
import type { InversionOptions } from '../latent/inversion_options.js';
import type { ImageShape } from '../network/arrays.js';
import { imageNumbers } from '../network/layers.js';
import type { LoadedCheckpoint } from '../run/checkpoints.js';
import { resolveModel } from '../run/run.js';
import { untilInterrupted } from './interruption.js';
import type { InversionFlags } from './inversion.js';
import { labelsAsked } from './labels.js';
import { withGenerator } from './model_meant.js';
import { PhaseLine } from './phase_line.js';
import { warn } from './report.js';
import { writeStdout } from './stdout.js';

/** A generator that looks for latents, and the options that were typed. */
export interface Inverter {
  readonly generator: Generator;
  readonly loaded: LoadedCheckpoint;
  readonly options: InversionOptions & { readonly seed: number };
}

/** What a command did. */
export interface Done {
  /** For people. */
  readonly said: string;
  /** For `--json`. */
  readonly told: Readonly<Record<string, unknown>>;
}

/**
 * Loads the generator that is meant, and lets `work` look for latents with it, with progress on stderr.
 * @param phase what is done, for the line of progress
 * @returns the exit status: 0, or that of an `Interruption`
 */
export function inverting(
  phase: string,
  flags: InversionFlags,
  work: (inverter: Inverter) => Promise<Done>,
): Promise<number> {
  const { quiet = false, json = false } = flags;
  const line = new PhaseLine(quiet);
  return untilInterrupted(async (signal) => {
    const loaded = await resolveModel(flags.from ?? digitsGenerator, flags.best ?? false);
    await withGenerator(loaded, flags, async (generator) => {
      const { seed = generator.options.seed, starts, steps, prior, encoder } = flags;
      const { labels } = labelsAsked({ label: flags.label }, loaded.checkpoint.data?.classNames ?? []);
      const onProgress = ({ done, of }: { done: number; of: number }) => line.show(phase, done, of);
      const typed = { seed, labels, starts, steps, prior, encoder };
      const options = { ...typed, signal, onProgress };
      const { said, told } = await work({ generator, loaded, options }).finally(() => line.stop());
      const whole = { ...told, seed, checkpoint: loaded.path, step: loaded.checkpoint.step };
      if (json) await writeStdout(`${JSON.stringify(whole)}\n`);
      if (!quiet) process.stderr.write(`${said}\n`);
    });
  });
}

/** Pictures as images of a generator. */
export interface GivenPictures {
  readonly paths: readonly string[];
  /** [n, S, S, C], 0 … 255 */
  readonly pixels: Uint8Array;
}

/**
 * Reads pictures, and those of folders, as images. Those of another size are resized, which is told, or refused.
 * @throws DcganError ERR_DATA_NOT_FOUND, ERR_DATA_FORMAT, ERR_DATA_SHAPE, ERR_SETUP.
 */
export async function readImages(
  given: readonly string[],
  { imageSize, channels }: ImageShape,
  strict: boolean,
): Promise<GivenPictures> {
  if (channels !== 1 && channels !== 3) {
    const said = `This generator draws images of ${channels} channels, and pictures have 1 or 3. Give such images to the API, as arrays.`;
    throw new DcganError('ERR_DATA_SHAPE', said, { value: channels });
  }
  const paths = (await Promise.all(given.map(picturesAt))).flat();
  const size = imageNumbers({ imageSize, channels });
  const pixels = new Uint8Array(paths.length * size);
  const resized: string[] = [];
  for (const [i, path] of paths.entries()) {
    const picture = await readPicture(path);
    const { width, height } = picture;
    if (width !== imageSize || height !== imageSize) resized.push(`${path} (${width}×${height})`);
    pixels.set(fitPicture(picture, imageSize, channels).pixels, i * size);
  }
  if (resized.length > 0) {
    const more = resized.length === 1 ? '' : `, and ${resized.length - 1} more`;
    const these = `${resized[0]}${more}`;
    if (strict) {
      const said = `Of another size than ${imageSize}×${imageSize}: ${these}. Give pictures of that size, or leave --strict out, and they are resized.`;
      throw new DcganError('ERR_DATA_SHAPE', said, { value: resized });
    }
    warn(`Resized to ${imageSize}×${imageSize}: ${these}.`);
  }
  return { paths, pixels };
}

/** The picture at a path, or those of the folder that is there. */
async function picturesAt(path: string): Promise<string[]> {
  return (await isDirectory(path)) ? (await picturePaths(path, [])).map((name) => join(path, name)) : [path];
}
