import type { Command } from 'commander';
import type { EncoderProgress } from '../latent/encoder.js';
import { refuseTaken } from './export.js';
import { type Example, examplesText } from './help.js';
import { addModelFlags, numeric, text } from './options.js';
import { shellQuote } from './report.js';

interface EncoderFlags extends Readonly<Record<string, unknown>> {
  readonly steps?: number;
  readonly seconds?: number;
  readonly width?: number;
  readonly seed?: number;
  readonly best?: boolean;
  readonly out?: string;
  readonly force?: boolean;
  readonly quiet?: boolean;
}

const examples: readonly Example[] = [
  ['npx dcgan-native encoder train runs/0001', 'runs/0001/encoder.safetensors'],
  ['npx dcgan-native encoder train --seconds 120', 'of the digits of the package, in encoder.safetensors'],
  ['npx dcgan-native project seven.png --encoder encoder.safetensors'],
];

export function addEncoderCommand(program: Command, finish: (exitCode: number) => void): void {
  const encoder = program
    .command('encoder')
    .description('Make what guesses the latent vector of a picture, for a search to begin there.');
  const train = encoder
    .command('train')
    .description('Train an encoder on what a generator draws.')
    .argument(
      '[run-or-checkpoint]',
      'a run directory, or a checkpoint file; the digits of the package without one',
    )
    .addOption(numeric('--steps <n>', 'how many steps (default: 2000)'))
    .addOption(numeric('--seconds <n>', 'for how long, instead').conflicts('steps'))
    .addOption(numeric('--width <n>', 'of its convolutions, a multiple of 16 (default: 32)'))
    .addOption(numeric('--seed <n>', 'decides what it learns from (default: 1)'))
    .addOption(
      text(
        '--out <path>',
        'the file to write (default: encoder.safetensors in the run, or beside the checkpoint)',
      ),
    )
    .option('--best', "a run's best model instead of its newest")
    .option('--force', 'replace what is there')
    .option('--quiet', 'print nothing but errors');
  addModelFlags(train, ['device', 'threads']);
  train
    .addHelpText('after', examplesText(examples))
    .action(async (source: string | undefined, flags: EncoderFlags) => {
      finish(await runTraining(source, flags));
    });
}

async function runTraining(source: string | undefined, flags: EncoderFlags): Promise<number> {
  const { steps, seconds, width, seed, best = false, force, quiet = false } = flags;
  const { digitsGenerator } = await import('../generation/generator.js');
  const { encoderName } = await import('../latent/encoder_file.js');
  const { resolveModel } = await import('../run/run.js');
  const { placeFor } = await import('./beside_model.js');
  const { untilInterrupted } = await import('./interruption.js');
  const { withGenerator } = await import('./model_meant.js');
  const { PhaseLine } = await import('./phase_line.js');
  const loaded = await resolveModel(source ?? digitsGenerator, best);
  const out = placeFor(flags.out, source, loaded.path, encoderName);
  if (!force) await refuseTaken(out);
  const line = new PhaseLine(quiet);
  return untilInterrupted(async (signal) => {
    let error = Number.NaN;
    const onProgress = ({ done, of, pixelLoss }: EncoderProgress) => {
      error = pixelLoss;
      line.show(`error ${pixelLoss.toPrecision(3)}`, done, of);
    };
    const options = { steps, seconds, width, seed, signal, onProgress };
    await withGenerator(loaded, flags, (generator) => generator.trainEncoder(out, options)).finally(() =>
      line.stop(),
    );
    if (quiet) return;
    process.stderr.write(`What it guesses has a mean square error of ${error.toPrecision(3)}: ${out}\n`);
    if (flags.out === undefined && source !== undefined) return;
    process.stderr.write(`  use it: npx dcgan-native project PICTURE --encoder ${shellQuote(out)}\n`);
  });
}
