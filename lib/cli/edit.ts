import type { Command } from 'commander';
import { type Example, examplesText } from './help.js';
import { numeric, text } from './options.js';
import { addPathFlags, type PathFlags } from './paths.js';

/** What was typed after `edit`: unchecked, and absent unless given. */
export interface EditFlags extends PathFlags {
  readonly direction?: string;
  readonly directions?: string;
  readonly strength: string;
  readonly steps?: number;
  readonly latents?: string;
  readonly save?: string;
}

const examples: readonly Example[] = [
  ['npx dcgan-native edit --direction slant --seeds 0-3', 'a strip for each seed, in edit.png'],
  ['npx dcgan-native edit runs/0001 --direction thickness --strength -3..3 --steps 60 --out edit.webp'],
  ["npx dcgan-native edit --latents '1 - 2 + 3' --save sum.safetensors", 'arithmetic on latent vectors'],
];

export function addEditCommand(program: Command, finish: (exitCode: number) => void): void {
  const command = program
    .command('edit')
    .description('Change images by a direction of latent space, or by arithmetic on latent vectors.')
    .addOption(text('--direction <name>', "one of 'directions find', such as slant (default: none)"))
    .addOption(
      text('--directions <file>', 'where it is (default: that of the run, or beside the checkpoint)'),
    )
    .addOption(text('--strength <numbers>', 'how far, such as 2, -3,0,3 or -3..3').default('-3..3'))
    .addOption(numeric('--steps <n>', 'how many of a range (default: 7)'))
    .addOption(text('--seeds <ranges>', 'which images, such as 0-3 (default: 0-3)').conflicts('latents'))
    .addOption(
      text('--latents <terms>', "seeds and files of latent vectors, such as '1 - 2 + 3' or 'x.npy[3] + 7'"),
    )
    .addOption(text('--save <file>', 'write the latent vectors, too: x.safetensors or x.npy'));
  addPathFlags(command, 'edit.png');
  command
    .addHelpText('after', examplesText(examples))
    .action(async (source: string | undefined, flags: EditFlags) => {
      const { runEdit } = await import('./edited.js');
      finish(await runEdit(source, flags));
    });
}
