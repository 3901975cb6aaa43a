import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DcganError, systemCode } from '../errors.js';
import { writeFileAtomically } from '../files/atomic.js';
import { makeDirectories } from '../files/directories.js';
import { outputError } from '../files/output_error.js';
import { digitsGenerator, type Generator } from '../generation/generator.js';
import { encodeFilm } from '../image/film.js';
import { encodePicture } from '../image/picture.js';
import { batchShape, type ImageBatch } from '../network/arrays.js';
import { imageNumbers } from '../network/layers.js';
import { resolveModel } from '../run/run.js';
import type { GenerateFlags } from './generate.js';
import { labelsAsked } from './labels.js';
import { withGenerator } from './model_meant.js';
import { exitCodes } from './report.js';
import { parseRanges } from './seeds.js';
import { writeStdout } from './stdout.js';

/** What `--out` calls stdout. */
const stdout = '-';
const isFilm = /\.webp$/i;

/** Images that were drawn. */
interface Drawn {
  readonly images: ImageBatch;
  readonly count: number;
  /** Images in a row, where that was not said. */
  readonly columns?: number;
  /** What they were drawn from, as `--json` tells it. */
  readonly from: ({ readonly seed: number } | { readonly seeds: readonly number[] }) & {
    readonly labels?: number | readonly number[];
    readonly only?: readonly number[];
  };
}

/**
 * Draws images from a run or a checkpoint into one picture, or into one for each image.
 * @returns the exit status: 0, or that of a stdout whose reader went away
 * @throws DcganError ERR_OUTPUT_EXISTS unless `--force`, ERR_OUTPUT, ERR_OPTION, ERR_CHECKPOINT_….
 */
export async function runGeneration(source: string | undefined, flags: GenerateFlags): Promise<number> {
  const { single = false } = flags;
  const seeds = flags.seeds === undefined ? null : parseRanges('seeds', flags.seeds);
  const only = flags.only === undefined ? null : parseRanges('only', flags.only);
  const out = flags.out ?? (single ? 'generated' : 'generated.png');
  // Before the work, which may be long.
  await checkOutput(out, flags);

  const loaded = await resolveModel(source ?? digitsGenerator, flags.best ?? false);
  return withGenerator(loaded, flags, async (generator) => {
    const all = await draw(generator, seeds, flags, loaded.checkpoint.data?.classNames ?? []);
    const drawn = only ? pick(all, only) : all;
    const written = single
      ? { paths: await writeSingly(out, drawn, flags) }
      : { path: await writeTogether(out, drawn, flags) };
    const { count, from } = drawn;
    const { path: checkpoint } = loaded;
    const { step } = loaded.checkpoint;
    const result = { ...written, count, ...from, checkpoint, step };
    if (flags.json) await writeStdout(`${JSON.stringify(result)}\n`);
    if (!flags.quiet) process.stderr.write(`${summary(drawn, flags.seeds, out)}\n`);
    return 0;
  }).catch((error: unknown) => {
    if (error instanceof DcganError && systemCode(error.cause) === 'EPIPE') return exitCodes.pipeClosed;
    throw error;
  });
}

function summary({ count, from }: Drawn, seeds: string | undefined, out: string): string {
  const images = count === 1 ? '1 image' : `${count} images`;
  const drawnFrom = 'seed' in from ? `seed ${from.seed}` : `seeds ${seeds}`;
  return `Drew ${images} with ${drawnFrom}: ${out === stdout ? 'on stdout' : out}`;
}

async function draw(
  generator: Generator,
  seeds: readonly number[] | null,
  { seed = generator.options.seed, ...flags }: GenerateFlags,
  classNames: readonly string[],
): Promise<Drawn> {
  const { labels, count = seeds?.length ?? flags.count, columns } = labelsAsked(flags, classNames);
  if (seeds === null) {
    const images = await generator.generate(count, { seed, labels });
    return { images, count, columns, from: { seed, ...(labels !== undefined && { labels }) } };
  }
  const { options } = generator;
  const size = imageNumbers(options);
  const data = new Float32Array(count * size);
  // All at once: the generator draws together what waits.
  const drawing = seeds.map(async (seed, i) => {
    const { data: image } = await generator.generate(1, { seed, labels });
    data.set(image, i * size);
  });
  await Promise.all(drawing);
  return { images: { data, shape: batchShape(count, options) }, count, from: { seeds } };
}

/** Some images of those that were drawn together, by their places from 0 on. @throws DcganError ERR_OPTION. */
function pick({ images, count, from }: Drawn, only: readonly number[]): Drawn {
  const missing = only.find((index) => index >= count);
  if (missing !== undefined) {
    const said = `Option 'only' is wrong: there is no image ${missing} of ${count}, which are counted from 0.`;
    throw new DcganError('ERR_OPTION', said, { value: missing });
  }
  const [, ...shape] = images.shape;
  const size = images.data.length / count;
  const data = new Float32Array(only.length * size);
  for (const [i, index] of only.entries()) {
    data.set(images.data.subarray(index * size, (index + 1) * size), i * size);
  }
  return { images: { data, shape: [only.length, ...shape] }, count: only.length, from: { ...from, only } };
}

/** @returns where the picture is */
async function writeTogether(
  out: string,
  { images, columns: row }: Drawn,
  { scale, columns = row }: GenerateFlags,
): Promise<string> {
  const encode = isFilm.test(out) ? encodeFilm : encodePicture;
  const picture = await encode(images, { scale, columns });
  await (out === stdout ? writeStdout(picture) : writeFileAtomically(out, [picture]));
  return out;
}

/** Pictures of an earlier `--single` that are not replaced are removed. @returns where the pictures are */
async function writeSingly(
  directory: string,
  { images, count }: Drawn,
  { scale }: GenerateFlags,
): Promise<string[]> {
  await makeDirectories(directory).catch((error: unknown) => {
    throw outputError(directory, error);
  });
  const names = numberedNames(count);
  for (const [i, name] of names.entries()) {
    const [, ...shape] = images.shape;
    const size = images.data.length / count;
    const data = images.data.subarray(i * size, (i + 1) * size);
    const picture = await encodePicture({ data, shape: [1, ...shape] }, { scale });
    await writeFileAtomically(join(directory, name), [picture]);
  }
  await removeEarlier(directory, new Set(names));
  return names.map((name) => join(directory, name));
}

/** `0001.png`, `0002.png`, … */
export function numberedNames(count: number): string[] {
  const digits = Math.max(4, String(count).length);
  return Array.from({ length: count }, (_, i) => `${String(i + 1).padStart(digits, '0')}.png`);
}

/** Removes the numbered pictures of a directory but those that are kept. @throws DcganError ERR_OUTPUT. */
export async function removeEarlier(directory: string, kept: ReadonlySet<string>): Promise<void> {
  try {
    for (const entry of await readdir(directory, { withFileTypes: true })) {
      const isPicture = entry.isFile() && /^\d{4,6}\.png$/.test(entry.name);
      if (isPicture && !kept.has(entry.name)) await rm(join(directory, entry.name));
    }
  } catch (error) {
    throw outputError(directory, error);
  }
}

async function checkOutput(out: string, flags: GenerateFlags): Promise<void> {
  const { single = false, force = false, json = false } = flags;
  if (out === stdout) return checkStdout(single, json);
  if (!single && !/\.png$/i.test(out) && !isFilm.test(out)) {
    const said = `pictures are PNG, so the name must end in .png, or in .webp for a film, received ${out}`;
    throw refused(said, out);
  }
  if (force || !(await isTaken(out, single))) return;
  const said = `${out} ${single ? 'is not an empty directory' : 'exists'}. Choose another --out, or add --force.`;
  throw new DcganError('ERR_OUTPUT_EXISTS', said, { value: out });
}

/** One picture and nothing else goes to stdout, and to no terminal. */
function checkStdout(single: boolean, json: boolean): void {
  if (single) throw refused('- takes one picture, and --single makes several: name a directory', stdout);
  if (json) throw refused('- takes stdout for the picture, and --json needs it too: name a file', stdout);
  if (process.stdout.isTTY) {
    throw refused('- is for a pipe or a file, and stdout is a terminal: redirect it, or name a file', stdout);
  }
}

function refused(why: string, out: string): DcganError {
  return new DcganError('ERR_OPTION', `Option 'out' is wrong: ${why}.`, { value: out });
}

/** A picture's name is taken by anything, a directory's by anything but an empty directory. */
export async function isTaken(out: string, single: boolean): Promise<boolean> {
  try {
    if (single) return (await readdir(out)).length > 0;
    await stat(out);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    if (single && systemCode(error) === 'ENOTDIR') return true;
    throw outputError(out, error);
  }
}
