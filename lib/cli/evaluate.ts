import type { Command } from 'commander';
import { type Example, examplesText } from './help.js';
import { addModelFlags, numeric, text } from './options.js';

/** What was typed after `evaluate`: unchecked, and absent unless given. */
export interface EvaluateFlags extends Readonly<Record<string, unknown>> {
  readonly samples?: number;
  readonly seed?: number;
  readonly data?: string;
  readonly test?: string;
  readonly features?: string;
  readonly featuresOnnx?: string;
  /** False after `--no-nearest`. */
  readonly nearest: boolean;
  readonly best?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const examples: readonly Example[] = [
  ['npx dcgan-native evaluate runs/0001', 'how good and how diverse its digits are'],
  ['npx dcgan-native evaluate runs/0001 --best --json > report.json'],
  ['npx dcgan-native evaluate drawn/ --data mnist', 'pictures that another program drew'],
  ['npx dcgan-native evaluate runs/0002 --features animals.safetensors', 'see: features train --help'],
];

export function addEvaluateCommand(program: Command, finish: (exitCode: number) => void): void {
  const command = program
    .command('evaluate')
    .description(
      'Tell how good drawn images are, how diverse, and whether they repeat the training images: FID, KID, precision, recall and others, beside what real images have.',
    )
    .argument('<images>', 'a run, a checkpoint, a folder of pictures or an IDX file')
    .addOption(numeric('--samples <n>', 'how many images (default: 10000, or all that there are)'))
    .addOption(numeric('--seed <n>', "which images are drawn (default: the model's seed)"))
    .addOption(text('--data <path>', 'real images (default: what the model was trained on, or MNIST)'))
    .addOption(
      text('--test <path>', 'other real images, for the floor (default: the test images of the data)'),
    )
    .addOption(
      text('--features <file>', "a classifier of 'features train' (default: the package's, for digits)"),
    )
    .addOption(
      text('--features-onnx <file>', 'an ONNX file that describes images; needs onnxruntime-node').conflicts(
        'features',
      ),
    )
    .option('--no-nearest', 'do not look for the nearest training images, which takes some seconds')
    .option('--best', "a run's best model instead of its newest")
    .option('--json', 'print the report on stdout, as one JSON object')
    .option('--quiet', 'print nothing but errors and, with --json, the report');
  addModelFlags(command, ['device', 'threads']);
  command
    .addHelpText('after', examplesText(examples))
    .action(async (images: string, flags: EvaluateFlags) => {
      const { runEvaluation } = await import('./evaluation.js');
      finish(await runEvaluation(images, flags));
    });
}
