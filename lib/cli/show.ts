import type { Command } from 'commander';
import { type ImageProtocol, imageProtocols } from '../terminal/image_protocol.js';
import { formatOption } from './export.js';
import { type Example, examplesText } from './help.js';
import { numeric } from './options.js';

export interface ShowFlags {
  readonly protocol: ImageProtocol | 'auto';
  readonly width?: number;
}

const examples: readonly Example[] = [
  ['npx dcgan-native show runs/0001', 'its newest samples'],
  ['npx dcgan-native show generated.png --width 40'],
  ['npx dcgan-native show runs/0001/plot.png', 'its curves'],
  ['npx dcgan-native show runs/0001 --protocol blocks > digits.txt'],
];

export function addShowCommand(program: Command, finish: (exitCode: number) => void): void {
  program
    .command('show')
    .description("Draw pictures in the terminal: a run's newest samples, or any PNG, JPEG or WebP file.")
    .argument('<runs-or-pictures...>', 'run directories, also ones that are being written, and pictures')
    .addOption(
      formatOption('--protocol <name>', 'what the terminal understands; auto: what it is known to', [
        'auto',
        ...imageProtocols,
      ]).default('auto'),
    )
    .addOption(numeric('--width <columns>', 'at most so wide (default: as wide as the terminal)'))
    .addHelpText('after', examplesText(examples))
    .action(async (sources: readonly string[], flags: ShowFlags) => {
      const { runShow } = await import('./shown.js');
      finish(await runShow(sources, flags));
    });
}
