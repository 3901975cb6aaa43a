import { join } from 'node:path';
import type { Command } from 'commander';
import { refuseTaken } from './export.js';
import { type Example, examplesText } from './help.js';
import { addInversionFlags, addLikenessFlags, type InversionFlags, type LikenessFlags } from './inversion.js';
import { numeric, text } from './options.js';

interface ProjectFlags extends InversionFlags, LikenessFlags {
  readonly out: string;
  readonly scale: number;
}

const examples: readonly Example[] = [
  ['npx dcgan-native project seven.png', 'its latent vector, and what the generator draws of it'],
  ['npx dcgan-native project faces/ --from runs/0002 --out found', 'all pictures of a folder'],
  ['npx dcgan-native project seven.png --steps 0 --encoder encoder.safetensors', 'in milliseconds'],
];

export function addProjectCommand(program: Command, finish: (exitCode: number) => void): void {
  const command = program
    .command('project')
    .description('Find the latent vectors whose images come closest to pictures.')
    .argument('<pictures...>', 'PNG, JPEG, WebP or AVIF files, and folders of them')
    .addOption(text('--out <dir>', 'where to write; it is made when it is not there').default('projected'))
    .addOption(numeric('--scale <n>', 'width and height of one value in pairs.png').default(1));
  addLikenessFlags(command);
  addInversionFlags(command);
  command
    .addHelpText('after', examplesText(examples))
    .action(async (pictures: readonly string[], flags: ProjectFlags) => {
      finish(await runProjection(pictures, flags));
    });
}

async function runProjection(pictures: readonly string[], flags: ProjectFlags): Promise<number> {
  const { out, likeness, features, scale, strict = false, force } = flags;
  const files = {
    latents: join(out, 'latents.safetensors'),
    numbers: join(out, 'latents.npy'),
    pairs: join(out, 'pairs.png'),
    report: join(out, 'projection.json'),
  };
  if (!force) for (const file of Object.values(files)) await refuseTaken(file);
  const { inverting, readImages } = await import('./inverting.js');
  const { writePicture } = await import('./picture_out.js');
  const { makeParent } = await import('../files/directories.js');
  const { writeFileAtomically } = await import('../files/atomic.js');
  const { writeLatents } = await import('../latent/latents_file.js');
  const { scaled } = await import('../network/arrays.js');
  return inverting('projecting', flags, async ({ generator, loaded, options }) => {
    const { latentSize } = generator.options;
    const { paths, pixels } = await readImages(pictures, generator.options, strict);
    const projection = await generator.project(pixels, { ...options, likeness, features });
    const { latents, labels, images, errors } = projection;
    const found = paths.map((picture, i) => {
      return { picture, error: errors[i]!, ...(labels && { label: labels[i]! }) };
    });
    const { path: checkpoint } = loaded;
    const report = { checkpoint, step: loaded.checkpoint.step, seed: options.seed, found };
    const saved = { latents, latentSize, labels, generator: generator.digest };
    await makeParent(files.pairs);
    await writeLatents(files.latents, saved);
    await writeLatents(files.numbers, saved);
    const columns = 2 * Math.ceil(Math.sqrt(paths.length / 2));
    const pairs = pairsOf(scaled(pixels), images, paths.length);
    await writePicture(files.pairs, pairs, generator.options, { columns, scale });
    await writeFileAtomically(files.report, [Buffer.from(`${JSON.stringify(report, null, 2)}\n`)]);
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    const these = paths.length === 1 ? '1 picture' : `${paths.length} pictures`;
    return {
      said: `Projected ${these}, mean square error ${mean.toPrecision(3)}: ${out}`,
      told: { path: out, found },
    };
  });
}

/** Each of `count` images, and beside it that of `others`. */
function pairsOf(images: Float32Array, others: Float32Array, count: number): Float32Array {
  const size = images.length / count;
  const pairs = new Float32Array(2 * images.length);
  for (let i = 0; i < count; i++) {
    pairs.set(images.subarray(i * size, (i + 1) * size), 2 * i * size);
    pairs.set(others.subarray(i * size, (i + 1) * size), (2 * i + 1) * size);
  }
  return pairs;
}
