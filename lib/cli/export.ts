import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { DcganError } from '../errors.js';
import { type ExportFormat, exportFiles, exportFormats } from '../interop/formats.js';
import { type Example, examplesText } from './help.js';
import { text } from './options.js';
import { warn } from './report.js';

interface ExportFlags {
  readonly format: ExportFormat;
  readonly out: string;
  readonly best?: boolean;
  readonly force?: boolean;
  readonly quiet?: boolean;
}

const examples: readonly Example[] = [
  ['npx dcgan-native export runs/0001 --format keras', 'generator_model.h5, discriminator_model.h5'],
  ['npx dcgan-native export runs/0001 --format onnx --out web', 'web/generator.onnx, web/discriminator.onnx'],
  ['npx dcgan-native export model.safetensors --format safetensors --out torch'],
  ['npx dcgan-native export runs/0001 --best --format generator', 'what only draws, a sixth as large'],
];

export function addExportCommand(program: Command, finish: (exitCode: number) => void): void {
  program
    .command('export')
    .description(
      'Write both networks for Keras, for ONNX Runtime or for PyTorch (safetensors), or the generator alone.',
    )
    .argument('<run-or-checkpoint>', 'a run directory (its newest checkpoint), or a checkpoint file')
    .addOption(formatOption('--format <name>', 'of what is written', exportFormats).makeOptionMandatory())
    .addOption(text('--out <dir>', 'where to write; it is made when it is not there').default('.'))
    .option('--best', "a run's best model instead of its newest")
    .option('--force', 'replace what is there')
    .option('--quiet', 'print nothing but errors')
    .addHelpText('after', examplesText(examples))
    .action(async (source: string, flags: ExportFlags) => {
      await runExport(source, flags);
      finish(0);
    });
}

/** An option that takes the name of a format. */
export function formatOption(flags: string, says: string, formats: readonly string[]): Option {
  return new Option(flags, says).choices(formats);
}

async function runExport(source: string, { format, out, best, force, quiet }: ExportFlags): Promise<void> {
  if (!force) for (const name of exportFiles[format]) await refuseTaken(join(out, name));
  const { resolveModel } = await import('../run/run.js');
  const { skippedNotices } = await import('../run/checkpoints.js');
  const { exportAs } = await import('../interop/export.js');
  const { path, checkpoint, skipped } = await resolveModel(source, best ?? false);
  const paths = await exportAs(format, out, checkpoint);
  for (const notice of skippedNotices(path, skipped)) warn(notice);
  if (quiet) return;
  process.stderr.write(`Exported ${path} (step ${checkpoint.step}): ${paths.join(', ')}\n`);
}

/** @throws DcganError ERR_OUTPUT_EXISTS when there is anything at `path`. */
export async function refuseTaken(path: string): Promise<void> {
  const isTaken = await stat(path).then(
    () => true,
    () => false,
  );
  if (!isTaken) return;
  const said = `${path} exists. Choose another --out, or add --force.`;
  throw new DcganError('ERR_OUTPUT_EXISTS', said, { value: path });
}
