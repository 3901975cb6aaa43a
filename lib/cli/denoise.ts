import type { Command } from 'commander';
import { type Example, examplesText } from './help.js';
import { addInversionFlags, type InversionFlags } from './inversion.js';
import { numeric, text } from './options.js';

interface DenoiseFlags extends InversionFlags {
  readonly out: string;
  readonly columns?: number;
  readonly scale: number;
}

const examples: readonly Example[] = [
  ['npx dcgan-native denoise noisy.png', 'denoised.png'],
  ['npx dcgan-native denoise noisy/ --columns 10 --out clean.png', 'all pictures of a folder, in one'],
];

export function addDenoiseCommand(program: Command, finish: (exitCode: number) => void): void {
  const command = program
    .command('denoise')
    .description('Draw what pictures seem to be without their noise.')
    .argument('<pictures...>', 'PNG, JPEG, WebP or AVIF files, and folders of them')
    .addOption(text('--out <path>', 'the picture, whose name ends in .png').default('denoised.png'))
    .addOption(numeric('--columns <n>', 'images in a row (default: about a square)'))
    .addOption(numeric('--scale <n>', 'width and height of one value, in pixels').default(1));
  addInversionFlags(command);
  command
    .addHelpText('after', examplesText(examples))
    .action(async (pictures: readonly string[], flags: DenoiseFlags) => {
      finish(await runDenoising(pictures, flags));
    });
}

async function runDenoising(pictures: readonly string[], flags: DenoiseFlags): Promise<number> {
  const { out, columns, scale, strict = false } = flags;
  const { inverting, readImages } = await import('./inverting.js');
  const { checkPicturePath, writePicture } = await import('./picture_out.js');
  await checkPicturePath(out, flags.force);
  return inverting('denoising', flags, async ({ generator, options }) => {
    const { pixels, paths } = await readImages(pictures, generator.options, strict);
    const { images } = await generator.denoise(pixels, options);
    await writePicture(out, images, generator.options, { columns, scale });
    return { said: `Denoised ${paths.join(', ')}: ${out}`, told: { path: out, pictures: paths } };
  });
}
