import { type Command, Option } from 'commander';
import { DcganError } from '../errors.js';
import type { Blend } from '../latent/blend.js';
import { type Example, examplesText } from './help.js';
import { addInversionFlags, addLikenessFlags, type InversionFlags, type LikenessFlags } from './inversion.js';
import { numeric, text } from './options.js';

interface InpaintFlags extends InversionFlags, LikenessFlags {
  readonly mask?: string;
  readonly box?: string;
  readonly noise?: number;
  readonly keep?: boolean;
  readonly answers?: number;
  readonly blend?: Blend;
  readonly realism?: number;
  readonly out: string;
  readonly scale: number;
}

const examples: readonly Example[] = [
  ['npx dcgan-native inpaint seven.png --box 7,7,14,14', 'draws the middle anew: inpainted.png'],
  ['npx dcgan-native inpaint seven.png --mask hole.png --answers 8', 'eight answers in a row'],
  ['npx dcgan-native inpaint face.png --from runs/0002 --box 16,16,32,32 --keep', 'all but the middle'],
];

export function addInpaintCommand(program: Command, finish: (exitCode: number) => void): void {
  const command = program
    .command('inpaint')
    .description('Draw what is missing in a picture; what is known stays as it is.')
    .argument('<picture>', 'a PNG, JPEG, WebP or AVIF file')
    .addOption(
      text('--mask <picture>', 'a picture of the same size, white where pixels are missing').conflicts([
        'box',
        'noise',
      ]),
    )
    .addOption(text('--box <x,y,w,h>', 'a box is missing: column, row, width and height').conflicts('noise'))
    .addOption(numeric('--noise <share>', 'this share of the pixels is missing, here and there'))
    .option('--keep', 'the other way round: what the mask, box or noise holds is known')
    .addOption(numeric('--answers <n>', 'how many different ones, in a row (default: 1)'))
    .addOption(
      new Option('--blend <how>', 'how what is drawn meets what is known (default: poisson)').choices([
        'poisson',
        'soft',
        'none',
      ]),
    )
    .addOption(numeric('--realism <λ>', 'how much the discriminator counts, where there is one'))
    .addOption(text('--out <path>', 'the picture, whose name ends in .png').default('inpainted.png'))
    .addOption(numeric('--scale <n>', 'width and height of one value, in pixels').default(1));
  addLikenessFlags(command);
  addInversionFlags(command);
  command
    .addHelpText('after', examplesText(examples))
    .action(async (picture: string, flags: InpaintFlags) => {
      finish(await runInpainting(picture, flags));
    });
}

async function runInpainting(picture: string, flags: InpaintFlags): Promise<number> {
  const { answers = 1, blend, likeness, features, realism, out, scale, strict = false } = flags;
  const { inverting, readImages } = await import('./inverting.js');
  const { checkPicturePath, writePicture } = await import('./picture_out.js');
  await checkPicturePath(out, flags.force);
  return inverting('inpainting', flags, async ({ generator, options }) => {
    const { imageSize } = generator.options;
    const mask = await maskMeant(flags, imageSize, options.seed);
    const { pixels, paths } = await readImages([picture], generator.options, strict);
    const found = await generator.inpaint(pixels, mask, {
      ...options,
      answers,
      blend,
      likeness,
      features,
      realism,
    });
    await writePicture(out, found.images, generator.options, { scale, columns: answers });
    const drawn = answers === 1 ? '' : ` in ${answers} ways`;
    return {
      said: `Inpainted ${paths[0]}${drawn}: ${out}`,
      told: { path: out, picture: paths[0], answers, ...(found.labels && { labels: [...found.labels] }) },
    };
  });
}

/** @throws DcganError ERR_OPTION where none is named, ERR_MASK, ERR_DATA_…. */
async function maskMeant(flags: InpaintFlags, imageSize: number, seed: number): Promise<Uint8Array> {
  const { boxMask, invertedMask, noiseMask, pictureMask } = await import('../latent/mask.js');
  const { readPicture } = await import('../image/decode.js');
  const { mask, box, noise, keep = false } = flags;
  const meant = async () => {
    if (mask !== undefined) return pictureMask(await readPicture(mask), imageSize);
    if (box !== undefined) return boxMask(boxTyped(box), imageSize);
    if (noise !== undefined) return noiseMask(noise, imageSize, seed);
    const said = 'What is missing must be said: give --mask, --box or --noise.';
    throw new DcganError('ERR_OPTION', said, { value: undefined });
  };
  const missing = await meant();
  return keep ? invertedMask(missing) : missing;
}

/** Reads `x,y,w,h`. @throws DcganError ERR_OPTION. */
function boxTyped(typed: string) {
  const numbers = /^\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*$/.exec(typed)?.slice(1).map(Number);
  if (numbers) {
    const [x, y, width, height] = numbers as [number, number, number, number];
    return { x, y, width, height };
  }
  const said = `Option 'box' is wrong: must be column, row, width and height, such as 7,7,14,14, received ${JSON.stringify(typed)}.`;
  throw new DcganError('ERR_OPTION', said, { value: typed });
}
