import { type Command, InvalidArgumentError } from 'commander';
import { type Example, examplesText } from './help.js';
import { numeric, text } from './options.js';
import { addPathFlags, type PathFlags } from './paths.js';

interface WalkFlags extends PathFlags {
  readonly seed?: number;
  readonly grid: readonly [number, number];
  readonly frames: number;
  readonly keyframes?: number;
}

const examples: readonly Example[] = [
  ['npx dcgan-native walk --grid 4x3', 'twelve random loops of digits in walk.webp'],
  ['npx dcgan-native walk runs/0001 --seeds 0-31 --grid 4x3 --frames 120 --trunc 0.8 --out walk.mp4'],
  ['npx dcgan-native walk --seed 7 --frames 600 --keyframes 20 --out walk.webm'],
];

export function addWalkCommand(program: Command, finish: (exitCode: number) => void): void {
  const command = program
    .command('walk')
    .description('Draw smooth loops through latent space, as a film without a seam.')
    .addOption(numeric('--seed <n>', "decides a random way (default: the model's seed)").conflicts('seeds'))
    .addOption(text('--seeds <ranges>', 'go through the images of these instead, such as 0-31'))
    .addOption(
      text('--grid <columnsxrows>', 'several walks beside and below each other, such as 4x3')
        .argParser(parseGrid)
        .default([1, 1], '1x1'),
    )
    .addOption(numeric('--frames <n>', 'until it is where it began').default(120))
    .addOption(
      numeric(
        '--keyframes <n>',
        'of a random way: pictures unlike each other that it comes by (default: one in 20 frames)',
      ).conflicts('seeds'),
    );
  addPathFlags(command, 'walk.webp');
  command
    .addHelpText('after', examplesText(examples))
    .action(async (source: string | undefined, flags: WalkFlags) => {
      const { drawPath } = await import('./drawn_paths.js');
      const { parseRanges } = await import('./seeds.js');
      const { seed, grid, frames: count, keyframes } = flags;
      const seeds = flags.seeds === undefined ? undefined : parseRanges('seeds', flags.seeds);
      const status = await drawPath(source, flags, async ({ generator, common }) => {
        const frames = generator.walk({ ...common, seed, seeds, grid, frames: count, keyframes });
        const from = seeds ? { seeds } : { seed: seed ?? generator.options.seed };
        return { frames, count, cells: grid[0] * grid[1], columns: grid[0], from: { ...from, grid } };
      });
      finish(status);
    });
}

/** `4x3` */
function parseGrid(typed: string): readonly [number, number] {
  const [, columns, rows] = /^\s*(\d+)\s*[x×]\s*(\d+)\s*$/i.exec(typed) ?? [];
  if (columns === undefined) throw new InvalidArgumentError('It is columns x rows, such as 4x3.');
  return [Number(columns), Number(rows)];
}
