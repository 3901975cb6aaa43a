import { type Command, Option } from 'commander';
import { type Example, examplesText } from './help.js';
import { numeric, text } from './options.js';
import { addPathFlags, type PathFlags } from './paths.js';

interface InterpolateFlags extends PathFlags {
  readonly latents?: string;
  readonly frames: number;
  readonly mode: 'spherical' | 'linear';
  readonly closed?: boolean;
}

const examples: readonly Example[] = [
  ['npx dcgan-native interpolate --seeds 1,2 --frames 10 --out strip.png', 'a strip of ten pictures'],
  ['npx dcgan-native interpolate runs/0001 --seeds 0-7 --closed --frames 240 --out loop.mp4'],
  ['npx dcgan-native interpolate --latents found.safetensors --closed'],
];

export function addInterpolateCommand(program: Command, finish: (exitCode: number) => void): void {
  const command = program
    .command('interpolate')
    .description('Draw what is on the way from one latent vector to another, as a film or a strip.')
    .addOption(
      text('--seeds <ranges>', 'from one to the next, such as 0-3 (default: 0-3)').conflicts('latents'),
    )
    .addOption(text('--latents <file>', 'a file of latent vectors instead'))
    .addOption(numeric('--frames <n>', 'how many in all').default(60))
    .addOption(new Option('--mode <name>', 'how to go').choices(['spherical', 'linear']).default('spherical'))
    .option('--closed', 'go on from the last to the first');
  addPathFlags(command, 'interpolation.webp');
  command
    .addHelpText('after', examplesText(examples))
    .action(async (source: string | undefined, flags: InterpolateFlags) => {
      const { drawPath, latentsAsked } = await import('./drawn_paths.js');
      const { frames: count, mode, closed } = flags;
      const status = await drawPath(source, flags, async (drawer) => {
        const { latents, labels, from } = await latentsAsked(flags, '0-3', drawer);
        const options = { ...drawer.common, latents, labels, frames: count, mode, closed };
        return { frames: drawer.generator.interpolate(options), count, cells: 1, columns: 1, from };
      });
      finish(status);
    });
}
