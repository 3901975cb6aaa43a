import type { Command } from 'commander';
import { type Example, examplesText } from './help.js';
import { addModelFlags, numeric, text } from './options.js';

/** What was typed after `directions find`: unchecked, and absent unless given. */
export interface FindFlags extends Readonly<Record<string, unknown>> {
  readonly measure?: string;
  readonly sefa?: number;
  readonly samples?: number;
  readonly keepClass?: number;
  readonly seed?: number;
  readonly features?: string;
  readonly out?: string;
  readonly best?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** What was typed after `directions show`. */
export interface ShowDirectionsFlags extends Readonly<Record<string, unknown>> {
  readonly directions?: string;
  readonly best?: boolean;
  readonly json?: boolean;
}

const examples: readonly Example[] = [
  ['npx dcgan-native directions find runs/0001', 'thickness, slant, width, height and brightness'],
  ['npx dcgan-native directions find runs/0001 --measure slant,class:7 --sefa 10 --force'],
  ['npx dcgan-native directions show runs/0001', 'what they do'],
  ['npx dcgan-native edit runs/0001 --direction slant', 'a strip of it'],
];

export function addDirectionsCommand(program: Command, finish: (exitCode: number) => void): void {
  const directions = program
    .command('directions')
    .description('Find directions of latent space that change images in one respect, for `edit`.');
  const find = directions
    .command('find')
    .description('Find them, tell how far each moves images and how often the class stays, and write them.')
    .argument('[run-or-checkpoint]', 'a run, or a checkpoint file; the digits of the package without one')
    .addOption(
      text(
        '--measure <names>',
        'thickness, slant, width, height, brightness, class:K (default: the first five)',
      ),
    )
    .addOption(numeric('--sefa <n>', 'so many that change most of the first layer, whatever they look like'))
    .addOption(numeric('--samples <n>', 'latent vectors at which measures are derived (default: 300)'))
    .addOption(numeric('--keep-class <share>', 'of images whose class shall stay (default: 0.87)'))
    .addOption(numeric('--seed <n>', "decides the latent vectors (default: the model's seed)"))
    .addOption(
      text('--features <file>', "a classifier of 'features train' (default: the package's, for digits)"),
    )
    .addOption(
      text(
        '--out <path>',
        'the file to write (default: directions.safetensors in the run, or beside the checkpoint)',
      ),
    )
    .option('--best', "a run's best model instead of its newest")
    .option('--force', 'replace what is there')
    .option('--json', 'print what they do on stdout, as one JSON object')
    .option('--quiet', 'print nothing but errors');
  addModelFlags(find, ['device', 'threads']);
  find
    .addHelpText('after', examplesText(examples))
    .action(async (source: string | undefined, flags: FindFlags) => {
      const { runFinding } = await import('./found_directions.js');
      finish(await runFinding(source, flags));
    });
  directions
    .command('show')
    .description('Tell what directions there are, and what each does.')
    .argument('[run-or-checkpoint]', 'a run, or a checkpoint file; the digits of the package without one')
    .addOption(
      text('--directions <file>', 'a file of them (default: that of the run, or beside the checkpoint)'),
    )
    .option('--best', "beside a run's best model instead of its newest")
    .option('--json', 'print them on stdout, as one JSON object')
    .addHelpText('after', examplesText(examples))
    .action(async (source: string | undefined, flags: ShowDirectionsFlags) => {
      const { runShowing } = await import('./found_directions.js');
      await runShowing(source, flags);
      finish(0);
    });
}
