import { resolve } from 'node:path';
import type { Command } from 'commander';
import { refuseTaken } from './export.js';
import { type Example, examplesText } from './help.js';
import { addModelFlags, addPictureFlags, pickModelOptions, pickPictureOptions, text } from './options.js';
import { shellQuote } from './report.js';

interface PackFlags extends Readonly<Record<string, unknown>> {
  readonly out: string;
  readonly force?: boolean;
  readonly quiet?: boolean;
}

const examples: readonly Example[] = [
  ['npx dcgan-native pack faces/ --image-size 64 --out faces.idx'],
  ['npx dcgan-native pack animals/ --labels folder --background white --out animals.idx'],
  ['npx dcgan-native train --data faces.idx'],
];

export function addPackCommand(program: Command, finish: (exitCode: number) => void): void {
  const command = program
    .command('pack')
    .description('Make one file of images of one size out of a folder of pictures, for `train --data`.')
    .argument('<folder>', 'PNG, JPEG, WebP and AVIF, also in folders within')
    .addOption(text('--out <path>', 'the IDX file to write').default('pictures.idx'))
    .option('--force', 'replace what is there')
    .option('--quiet', 'print nothing but errors');
  addModelFlags(command, ['imageSize', 'channels']);
  addPictureFlags(command);
  command.addHelpText('after', examplesText(examples)).action(async (folder: string, flags: PackFlags) => {
    await runPack(folder, flags);
    finish(0);
  });
}

async function runPack(folder: string, flags: PackFlags): Promise<void> {
  const { out, force, quiet } = flags;
  if (!force) await refuseTaken(out);
  const { packPictures } = await import('../data/pack.js');
  const { createProgress } = await import('./progress.js');
  const progress = createProgress(process.stderr, quiet ?? false);
  try {
    const onProgress = (done: number, of: number) => progress.show({ type: 'data', done, of });
    const options = { ...pickModelOptions(flags), ...pickPictureOptions(flags) };
    const { count, shape, classNames, notices } = await packPictures(
      resolve(folder),
      out,
      options,
      onProgress,
    );
    for (const notice of notices) progress.say(notice);
    const classes = classNames ? ` of ${classNames.length} classes` : '';
    progress.say(`Packed ${count} images of ${shape.join('×')}${classes}: ${out}`);
    progress.say(`  train: npx dcgan-native train --data ${shellQuote(out)}`);
  } finally {
    progress.stop();
  }
}
