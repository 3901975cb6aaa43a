import type { Command } from 'commander';
import { addModelFlags, numeric, text } from './options.js';

/** What may be typed after any command that looks for latent vectors: unchecked, and absent unless given. */
export interface InversionFlags extends Readonly<Record<string, unknown>> {
  readonly from?: string;
  readonly best?: boolean;
  readonly seed?: number;
  readonly label?: string;
  readonly starts?: number;
  readonly steps?: number;
  readonly prior?: number;
  /** False after `--no-encoder`. */
  readonly encoder?: string | false;
  readonly strict?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Adds `--from`, `--seed` and what else those commands have in common. */
export function addInversionFlags(command: Command): void {
  command
    .addOption(
      text(
        '--from <run-or-checkpoint>',
        'the generator: a run, or a checkpoint file (default: the digits of the package)',
      ),
    )
    .option('--best', "a run's best model instead of its newest")
    .addOption(numeric('--seed <n>', "the same seed finds the same (default: the model's seed)"))
    .addOption(
      text('--label <class>', 'of this class, by its number or its name (default: classes are tried)'),
    )
    .addOption(numeric('--starts <n>', 'candidates of each picture, of which the best go on'))
    .addOption(numeric('--steps <n>', 'steps of the best candidate'))
    .addOption(numeric('--prior <λ>', 'how much an unusual latent vector counts against its image'))
    .addOption(
      text(
        '--encoder <file>',
        "what guesses a start, of 'encoder train' (default: that of the run, if there is one)",
      ),
    )
    .option('--no-encoder', 'begin without one')
    .option('--strict', 'refuse pictures of another size instead of resizing them')
    .option('--force', 'replace what is there')
    .option('--json', 'print what was written on stdout, as one JSON object')
    .option('--quiet', 'print nothing but errors');
  addModelFlags(command, ['device', 'threads']);
}

/** What compares features takes as well. */
export interface LikenessFlags {
  readonly features?: string;
  readonly likeness?: number;
}

/** Adds `--likeness` and `--features`. */
export function addLikenessFlags(command: Command): void {
  command
    .addOption(numeric('--likeness <λ>', "how much the classifier's features count"))
    .addOption(
      text('--features <file>', "a classifier of 'features train' (default: the package's, for digits)"),
    );
}
