import type { Command } from 'commander';
import { Interruption, InterruptionWatch } from './interruption.js';

const examples = `
Examples:
  $ npx dcgan-native setup                                     fetch libtorch, unless it is there
  $ DCGAN_LIBTORCH=/opt/libtorch npx dcgan-native train        use one of your own instead`;

export function addSetupCommand(program: Command, finish: (exitCode: number) => void): void {
  program
    .command('setup')
    .description("Fetch libtorch into the user's cache directory, once.")
    .option('--quiet', 'print nothing but errors')
    .addHelpText('after', examples)
    .action(async ({ quiet = false }: { readonly quiet?: boolean }) => finish(await runSetup(quiet)));
}

async function runSetup(quiet: boolean): Promise<number> {
  const { fetchLibtorch } = await import('../libtorch/fetch.js');
  const say = (line: string) => {
    if (!quiet) process.stderr.write(`${line}\n`);
  };
  const watch = new InterruptionWatch(() => say('Stopping.'));
  try {
    const path = await fetchLibtorch({ signal: watch.signal, quiet });
    say(`libtorch is in ${path}`);
    return 0;
  } catch (error) {
    if (!(error instanceof Interruption)) throw error;
    say(`Stopped by ${error.by}: nothing was fetched.`);
    return error.exitCode;
  } finally {
    watch.close();
  }
}
