import type { Command } from 'commander';
import { refuseTaken } from './export.js';
import { type Example, examplesText } from './help.js';
import { untilInterrupted } from './interruption.js';
import { addModelFlags, addPictureFlags, numeric, pickData, pickModelOptions, text } from './options.js';
import { shellQuote } from './report.js';

interface FeaturesFlags extends Readonly<Record<string, unknown>> {
  readonly test?: string;
  readonly epochs?: number;
  readonly out: string;
  readonly force?: boolean;
  readonly quiet?: boolean;
}

const examples: readonly Example[] = [
  ['npx dcgan-native features train --data animals/ --labels folder --image-size 64'],
  ['npx dcgan-native evaluate runs/0002 --features features.safetensors'],
];

export function addFeaturesCommand(program: Command, finish: (exitCode: number) => void): void {
  const features = program
    .command('features')
    .description('Make what `evaluate` describes images by, for images that are no digits.');
  const train = features
    .command('train')
    .description('Train a classifier on labelled images; evaluations compare what it sees in images.')
    .addOption(text('--data <path>', 'labelled images: an IDX file or a folder (default: MNIST)'))
    .addOption(text('--test <path>', 'images to judge it by (default: a tenth of these)'))
    .addOption(numeric('--epochs <n>', 'how many epochs (default: 20)'))
    .addOption(text('--out <path>', 'the file to write').default('features.safetensors'))
    .option('--force', 'replace what is there')
    .option('--quiet', 'print nothing but errors');
  addPictureFlags(train);
  addModelFlags(train, ['imageSize', 'channels', 'seed', 'device', 'threads']);
  train.addHelpText('after', examplesText(examples)).action(async (flags: FeaturesFlags) => {
    finish(await runTraining(flags));
  });
}

async function runTraining(flags: FeaturesFlags): Promise<number> {
  const { out, force, quiet, test, epochs } = flags;
  if (!force) await refuseTaken(out);
  const { trainClassifier } = await import('../evaluation/train_classifier.js');
  const { writeClassifier } = await import('../evaluation/classifier.js');
  const { createProgress } = await import('./progress.js');
  const progress = createProgress(process.stderr, quiet ?? false);
  const tenths = new Set<number>();
  const onProgress = (done: number, of: number, loss: number) => {
    const tenth = Math.floor((10 * done) / of);
    if (tenths.has(tenth)) return;
    tenths.add(tenth);
    progress.say(`step ${done} of ${of}: loss ${loss.toFixed(4)}`);
  };
  return untilInterrupted(async (signal) => {
    const data = pickData(flags);
    const options = { ...pickModelOptions(flags), data, test, epochs, signal, onProgress };
    const classifier = await trainClassifier(options);
    await writeClassifier(out, classifier);
    const { classes, accuracy } = classifier;
    progress.say(
      `It tells ${classes} classes, and is right about ${(100 * accuracy).toFixed(2)} % of images that it was not trained on: ${out}`,
    );
    progress.say(`  use it: npx dcgan-native evaluate RUN --features ${shellQuote(out)}`);
  });
}
