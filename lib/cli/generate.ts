import type { Command } from 'commander';
import { type Example, examplesText } from './help.js';
import { addModelFlags, numeric, text } from './options.js';

/** What was typed after `generate`: unchecked, and absent unless given. */
export interface GenerateFlags extends Readonly<Record<string, unknown>> {
  readonly count: number;
  readonly seed?: number;
  readonly seeds?: string;
  readonly only?: string;
  readonly label?: string;
  readonly labels?: string;
  readonly out?: string;
  readonly columns?: number;
  readonly scale: number;
  readonly single?: boolean;
  readonly best?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const examples: readonly Example[] = [
  ['npx dcgan-native generate --count 64 --out digits.png', 'at once, without a training'],
  ['npx dcgan-native generate runs/0001', '16 digits in generated.png'],
  ['npx dcgan-native generate runs/0001 --count 64 --seed 7 --scale 2 --out digits.png'],
  ['npx dcgan-native generate model.safetensors --count 100 --single --out digits'],
  ['npx dcgan-native generate runs/0001 --seeds 0-15 --out - > digits.png'],
  ['npx dcgan-native generate runs/0001 --labels 0-9', 'of a run with --conditional'],
];

export function addGenerateCommand(program: Command, finish: (exitCode: number) => void): void {
  const command = program
    .command('generate')
    .description('Draw images from a run or a checkpoint, as PNG.')
    .argument(
      '[run-or-checkpoint]',
      'a run directory (its newest checkpoint), or a checkpoint file; the digits of the package without one',
    )
    .addOption(numeric('--count <n>', 'how many images').default(16))
    .addOption(numeric('--seed <n>', "the same seed draws the same images (default: the model's seed)"))
    .addOption(
      text('--seeds <ranges>', 'one image for each seed, such as 0-15 or 3,7,9-12').conflicts([
        'seed',
        'count',
      ]),
    )
    .addOption(text('--only <numbers>', 'of these images only some, from 0 on, such as 5 or 0-3,7'))
    .addOption(text('--label <class>', 'images of this class, by its number or its name').conflicts('labels'))
    .addOption(
      text('--labels <classes>', 'a row for each of these classes, such as 0-9 or cat,dog').conflicts([
        'seeds',
        'count',
      ]),
    )
    .addOption(
      text(
        '--out <path>',
        'the picture, - for stdout, or with --single the directory (default: generated.png, generated); x.webp is a film, where channels are frames',
      ),
    )
    .addOption(numeric('--columns <n>', 'images in a row (default: about a square)'))
    .addOption(numeric('--scale <n>', 'width and height of one value, in pixels').default(1))
    .option('--single', 'one picture for each image, in a directory')
    .option('--best', "a run's best model instead of its newest")
    .option('--force', 'replace what is there')
    .option('--json', 'print what was written on stdout, as one JSON object')
    .option('--quiet', 'print nothing but errors');
  addModelFlags(command, ['device', 'threads', 'tf32', 'memoryFormat']);
  command
    .addHelpText('after', examplesText(examples))
    .action(async (source: string | undefined, flags: GenerateFlags) => {
      const { runGeneration } = await import('./pictures.js');
      finish(await runGeneration(source, flags));
    });
}
