import type { Command } from 'commander';
import { formatOption, refuseTaken } from './export.js';
import { addModelFlags, pickModelOptions, text } from './options.js';
import { shellQuote } from './report.js';

interface ImportFlags extends Readonly<Record<string, unknown>> {
  readonly format: 'keras' | 'safetensors';
  readonly out: string;
  readonly force?: boolean;
  readonly quiet?: boolean;
}

/** The files that a format takes. */
const files = { keras: ['generator.h5', 'discriminator.h5'], safetensors: ['weights.safetensors'] } as const;

const examples: readonly Example[] = [
  [
    'npx dcgan-native import --format keras generator_model.h5 discriminator_model.h5 --out model.safetensors',
  ],
  ['npx dcgan-native import --format safetensors weights.safetensors --out model.safetensors'],
  ['npx dcgan-native train --from model.safetensors --epochs 10'],
];

import { type Example, examplesText } from './help.js';

const afterExamples =
  'A file of another program holds no state of the optimisers: training goes on with fresh ones.';

export function addImportCommand(program: Command, finish: (exitCode: number) => void): void {
  const command = program
    .command('import')
    .description('Make a checkpoint of networks that Keras or PyTorch (safetensors) saved, or an export.')
    .argument('<files...>', 'keras: the generator and the discriminator; safetensors: one file')
    .addOption(formatOption('--format <name>', 'of the files', Object.keys(files)).makeOptionMandatory())
    .addOption(text('--out <path>', 'the checkpoint to write').default('imported.safetensors'))
    .option('--force', 'replace what is there')
    .option('--quiet', 'print nothing but errors');
  addModelFlags(command, ['seed']);
  command
    .addHelpText('after', examplesText(examples, afterExamples))
    .action(async (paths: string[], flags: ImportFlags) => {
      const wanted = files[flags.format];
      if (paths.length !== wanted.length) {
        const order = wanted.length > 1 ? ', in this order' : '';
        const found = paths.length === 1 ? '1 file' : `${paths.length} files`;
        const said = `--format ${flags.format} takes ${wanted.join(' and ')}${order}, not ${found}.`;
        command.error(said, { code: 'dcgan.files', exitCode: 1 });
      }
      await runImport(paths, flags);
      finish(0);
    });
}

async function runImport(paths: readonly string[], flags: ImportFlags): Promise<void> {
  const { out, format, force, quiet } = flags;
  if (!force) await refuseTaken(out);
  const { importKeras, importSafetensors } = await import('../interop/import.js');
  const { writeCheckpoint } = await import('../checkpoint/checkpoint.js');
  const [first, second] = paths as [string, string];
  const options = pickModelOptions(flags);
  const checkpoint = await (format === 'keras'
    ? importKeras({ generator: first, discriminator: second }, options)
    : importSafetensors(first, options));
  await writeCheckpoint(out, checkpoint);
  if (quiet) return;
  const { latentSize, dropout } = checkpoint.options;
  const say = (line: string) => process.stderr.write(`${line}\n`);
  say(`Imported ${paths.join(' and ')} (latent size ${latentSize}, dropout ${dropout}): ${out}`);
  say('The optimisers are fresh: training goes on from these weights as from step 0.');
  say(`  train on: npx dcgan-native train --from ${shellQuote(out)}`);
}
