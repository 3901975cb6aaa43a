import { extname } from 'node:path';
import type { Command } from 'commander';
import { DcganError } from '../errors.js';
import { writeFileAtomically } from '../files/atomic.js';
import { formatOption, refuseTaken } from './export.js';
import { type Example, examplesText } from './help.js';
import { text } from './options.js';

interface PlotFlags {
  readonly out: string;
  readonly over: 'images' | 'time';
  readonly force?: boolean;
  readonly quiet?: boolean;
}

const examples: readonly Example[] = [
  ['npx dcgan-native plot runs/0001', 'its losses, rates and evaluations, in plot.svg'],
  ['npx dcgan-native plot runs/0001 runs/0002 --over time --out both.png'],
];

export function addPlotCommand(program: Command, finish: (exitCode: number) => void): void {
  program
    .command('plot')
    .description(
      'Draw how runs went, together in one picture: losses, learning rates, speed, FID and recall.',
    )
    .argument('<runs...>', 'run directories, also ones that are being written')
    .addOption(text('--out <path>', 'the picture: x.svg or x.png').default('plot.svg'))
    .addOption(
      formatOption('--over <what>', 'what the curves go along', ['images', 'time']).default('images'),
    )
    .option('--force', 'replace what is there')
    .option('--quiet', 'print nothing but errors')
    .addHelpText('after', examplesText(examples))
    .action(async (runs: readonly string[], flags: PlotFlags) => {
      await runPlot(runs, flags);
      finish(0);
    });
}

async function runPlot(runs: readonly string[], { out, over, force, quiet }: PlotFlags): Promise<void> {
  const format = formatOf(out);
  if (!force) await refuseTaken(out);
  const { plotPng, plotRuns } = await import('../plot/plot.js');
  const svg = await plotRuns(runs, { over });
  await writeFileAtomically(out, [format === '.png' ? await plotPng(svg) : Buffer.from(svg)]);
  if (quiet) return;
  process.stderr.write(`Plotted ${runs.length === 1 ? runs[0] : `${runs.length} runs`}: ${out}\n`);
}

/** @throws DcganError ERR_OPTION for a name that ends in neither. */
function formatOf(out: string): '.svg' | '.png' {
  const format = extname(out).toLowerCase();
  if (format === '.svg' || format === '.png') return format;
  const said = `Option 'out' is wrong: a plot is written as SVG or PNG. Give a name that ends in .svg or .png, not ${out}.`;
  throw new DcganError('ERR_OPTION', said, { value: out });
}
