import { type Command, Option } from 'commander';
import { type Example, examplesText } from './help.js';
import { text } from './options.js';

/** What was typed after `setup`: absent unless given. */
export interface SetupFlags {
  readonly version?: string;
  readonly variant?: 'cpu' | 'cuda';
  readonly dir?: string;
  readonly force?: boolean;
  readonly list?: boolean;
  /** A version, or true for all. */
  readonly remove?: string | true;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const examples: readonly Example[] = [
  ['npx dcgan-native setup', 'fetch libtorch, unless it is there'],
  ['npx dcgan-native setup --list', 'what was fetched, and which would be used'],
  ['npx dcgan-native setup --remove 2.13.0'],
  ['DCGAN_LIBTORCH=/opt/libtorch npx dcgan-native train', 'use one of your own instead'],
];

export function addSetupCommand(program: Command, finish: (exitCode: number) => void): void {
  program
    .command('setup')
    .description("Fetch libtorch into the user's cache directory, once.")
    .addOption(text('--version <version>', 'a version that is served, 2.13.0 or 2.13 (default: 2.13.0)'))
    .addOption(
      new Option(
        '--variant <build>',
        'what it computes on (default: cuda if there is a GPU, else cpu)',
      ).choices(['cpu', 'cuda']),
    )
    .addOption(text('--dir <directory>', "where to put it (default: this program's cache directory)"))
    .option('--force', 'fetch it although it is there')
    .addOption(
      new Option('--list', 'show what was fetched').conflicts(['remove', 'force', 'version', 'variant']),
    )
    .addOption(new Option('--remove [version]', 'remove what was fetched').conflicts(['force', 'version']))
    .option('--json', 'print one event per line on stdout, and nothing else')
    .option('--quiet', 'print nothing but errors')
    .addHelpText('after', examplesText(examples))
    .action(async (flags: SetupFlags) => {
      const { runSetup } = await import('./libtorch.js');
      finish(await runSetup(flags));
    });
}
