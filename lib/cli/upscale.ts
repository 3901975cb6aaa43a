import type { Command } from 'commander';
import { type Example, examplesText } from './help.js';
import { addInversionFlags, type InversionFlags } from './inversion.js';
import { numeric, text } from './options.js';

interface UpscaleFlags extends InversionFlags {
  readonly factor: number;
  readonly out: string;
  readonly columns?: number;
  readonly scale: number;
}

const examples: readonly Example[] = [
  ['npx dcgan-native upscale small.png', 'a digit of 14×14 as one of 28×28: upscaled.png'],
  ['npx dcgan-native upscale tiny.png --factor 4 --out large.png'],
];

export function addUpscaleCommand(program: Command, finish: (exitCode: number) => void): void {
  const command = program
    .command('upscale')
    .description('Draw images that are as large as a generator draws them from pictures that are smaller.')
    .argument('<pictures...>', 'PNG, JPEG, WebP or AVIF files, and folders of them')
    .addOption(numeric('--factor <n>', 'how many times as large').default(2))
    .addOption(text('--out <path>', 'the picture, whose name ends in .png').default('upscaled.png'))
    .addOption(numeric('--columns <n>', 'images in a row (default: about a square)'))
    .addOption(numeric('--scale <n>', 'width and height of one value, in pixels').default(1));
  addInversionFlags(command);
  command
    .addHelpText('after', examplesText(examples))
    .action(async (pictures: readonly string[], flags: UpscaleFlags) => {
      finish(await runUpscaling(pictures, flags));
    });
}

async function runUpscaling(pictures: readonly string[], flags: UpscaleFlags): Promise<number> {
  const { factor, out, columns, scale, strict = false } = flags;
  const { inverting, readImages } = await import('./inverting.js');
  const { checkPicturePath, writePicture } = await import('./picture_out.js');
  const { smallerSize } = await import('../latent/restore.js');
  await checkPicturePath(out, flags.force);
  return inverting('upscaling', flags, async ({ generator, options }) => {
    const { channels } = generator.options;
    const small = { imageSize: smallerSize(generator.options.imageSize, factor), channels };
    const { pixels, paths } = await readImages(pictures, small, strict);
    const { images } = await generator.upscale(pixels, factor, options);
    await writePicture(out, images, generator.options, { columns, scale });
    return {
      said: `Upscaled ${paths.join(', ')} ${factor} times: ${out}`,
      told: { path: out, pictures: paths },
    };
  });
}
