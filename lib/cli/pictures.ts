import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DcganError, systemCode } from '../errors.js';
import { writeFileAtomically } from '../files/atomic.js';
import { makeDirectories } from '../files/directories.js';
import { outputError } from '../files/output_error.js';
import { Generator } from '../generation/generator.js';
import type { TileOptions } from '../image/grid.js';
import { encodePicture } from '../image/picture.js';
import { imagePixels } from '../network/arrays.js';
import type { GenerateFlags } from './generate.js';
import { pickModelOptions } from './options.js';
import { warn } from './report.js';

/**
 * Draws images from a run or a checkpoint into one picture, or into one for each image.
 * @throws DcganError ERR_OUTPUT_EXISTS unless `--force`, ERR_OUTPUT, ERR_OPTION, ERR_CHECKPOINT_….
 */
export async function runGeneration(source: string, flags: GenerateFlags): Promise<void> {
  const { count, scale, columns, single = false } = flags;
  const out = flags.out ?? (single ? 'generated' : 'generated.png');
  // Before the work, which may be long.
  await checkOutput(out, single, flags.force ?? false);

  const { seed: _, ...here } = pickModelOptions(flags);
  const generator = await Generator.load(source, { ...here, onNotice: warn });
  try {
    const { data } = await generator.generate(count, flags.seed === undefined ? {} : { seed: flags.seed });
    if (single) await writeSingly(out, data, count, scale);
    else await writePicture(out, data, count, { scale, columns });
    const seed = flags.seed ?? generator.options.seed;
    if (!flags.quiet) process.stderr.write(`Drew ${count} images with seed ${seed}: ${out}\n`);
  } finally {
    generator.dispose();
  }
}

async function writeSingly(
  directory: string,
  images: Float32Array,
  count: number,
  scale: number,
): Promise<void> {
  await makeDirectories(directory).catch((error: unknown) => {
    throw outputError(directory, error);
  });
  const digits = Math.max(4, String(count).length);
  for (let i = 0; i < count; i++) {
    const image = images.subarray(i * imagePixels, (i + 1) * imagePixels);
    await writePicture(join(directory, `${String(i + 1).padStart(digits, '0')}.png`), image, 1, { scale });
  }
}

async function writePicture(
  path: string,
  images: Float32Array,
  count: number,
  options: TileOptions,
): Promise<void> {
  await writeFileAtomically(path, [await encodePicture(images, count, options)]);
}

async function checkOutput(out: string, single: boolean, force: boolean): Promise<void> {
  if (!single && !/\.png$/i.test(out)) {
    const said = `Option 'out' is wrong: pictures are PNG, so the name must end in .png, received ${out}.`;
    throw new DcganError('ERR_OPTION', said, { value: out });
  }
  if (force || !(await isTaken(out, single))) return;
  const said = `${out} ${single ? 'is not an empty directory' : 'exists'}. Choose another --out, or add --force.`;
  throw new DcganError('ERR_OUTPUT_EXISTS', said, { value: out });
}

/** A picture's name is taken by anything, a directory's by anything but an empty directory. */
async function isTaken(out: string, single: boolean): Promise<boolean> {
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
