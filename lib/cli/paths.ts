import type { Command } from 'commander';
import { addModelFlags, numeric, text } from './options.js';

/** What may be typed after each command that draws frames: unchecked, and absent unless given. */
export interface PathFlags extends Readonly<Record<string, unknown>> {
  readonly seeds?: string;
  readonly trunc: number;
  readonly label?: string;
  readonly labels?: string;
  readonly out: string;
  readonly fps: number;
  readonly columns?: number;
  readonly scale: number;
  readonly best?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Adds which generator, `--out`, `--label` and what else those commands have in common. */
export function addPathFlags(command: Command, out: string): void {
  command
    .argument(
      '[run-or-checkpoint]',
      'a run directory (its newest checkpoint), or a checkpoint file; the digits of the package without one',
    )
    .addOption(
      numeric('--trunc <ψ>', 'latent vectors times ψ: below 1 more usual, less different').default(1),
    )
    .addOption(text('--label <class>', 'all of this class, by its number or its name').conflicts('labels'))
    .addOption(text('--labels <classes>', 'the class of each, such as 0,3 or cat,dog'))
    .addOption(
      text(
        '--out <path>',
        'x.png is a strip; x.webp, .gif, .apng, .webm or .mp4 a film; a name without an ending a directory of pictures',
      ).default(out),
    )
    .addOption(numeric('--fps <n>', 'frames a second, of a film').default(25))
    .addOption(numeric('--columns <n>', 'frames in a row, of a strip (default: all)'))
    .addOption(numeric('--scale <n>', 'width and height of one value, in pixels').default(4))
    .option('--best', "a run's best model instead of its newest")
    .option('--force', 'replace what is there')
    .option('--json', 'print what was written on stdout, as one JSON object')
    .option('--quiet', 'print nothing but errors');
  addModelFlags(command, ['device', 'threads']);
}
