import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Dashboard } from '../dashboard/dashboard.js';
import { type Example, examplesText } from './help.js';

/** Where it is found again the next time, unless somebody else is there. */
const usualPort = 8377;

interface DashboardFlags {
  readonly port?: number;
  readonly open?: boolean;
  readonly actions: boolean;
}

const examples: readonly Example[] = [
  ['npx dcgan-native dashboard', 'every run in runs/, those to come as well'],
  ['npx dcgan-native dashboard runs/0001 runs/0002 --open', 'two of them, in the browser at once'],
];

const afterExamples =
  'It listens on this machine only, and the address holds a token: whoever has it sees the runs.\nFrom elsewhere: ssh -L 8377:127.0.0.1:8377 HOST, and open the same address there.';

export function addDashboardCommand(program: Command, finish: (exitCode: number) => void): void {
  program
    .command('dashboard')
    .description('Show runs in the browser, dead or alive: curves, pictures, events and checkpoints.')
    .argument('[runs...]', 'run directories, or folders of runs', ['runs'])
    .addOption(
      portOption('--port <n>', `the port; 0: any that is free (default: ${usualPort} where it is free)`),
    )
    .option('--open', 'open the browser')
    .option('--no-actions', 'only show: no page can ask a training to save, to draw or to stop')
    .addHelpText('after', examplesText(examples, afterExamples))
    .action(async (runs: readonly string[], flags: DashboardFlags) => {
      await runDashboard(runs, flags);
      finish(0);
    });
}

/** An option that takes a port. */
export function portOption(flags: string, says: string): Option {
  return new Option(flags, says).argParser((text) => {
    const port = Number(text);
    if (/^\d+$/.test(text) && port < 2 ** 16) return port;
    throw new InvalidArgumentError('It is a number from 0 to 65535.');
  });
}

/** A dashboard that listens. @param port undefined for the usual one, or any when that is taken */
export async function serveDashboard(
  runs: readonly string[],
  port: number | undefined,
  actions = true,
): Promise<{ readonly dashboard: Dashboard; readonly url: string }> {
  const { createDashboard } = await import('../dashboard/dashboard.js');
  const dashboard = await createDashboard(runs, { actions });
  const url =
    port === undefined
      ? await dashboard.listen(usualPort).catch(() => dashboard.listen(0))
      : await dashboard.listen(port);
  return { dashboard, url };
}

async function runDashboard(runs: readonly string[], { port, open, actions }: DashboardFlags): Promise<void> {
  const { untilInterrupted } = await import('./interruption.js');
  const { dashboard, url } = await serveDashboard(runs, port, actions);
  try {
    process.stdout.write(`${url}\n`);
    if (process.stderr.isTTY) process.stderr.write('Ctrl-C ends it.\n');
    if (open) await openIt(url);
    await untilInterrupted((signal) => {
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
    });
  } finally {
    await dashboard.close();
  }
}

async function openIt(url: string): Promise<void> {
  const { openBrowser } = await import('../process/open_browser.js');
  if (await openBrowser(url)) return;
  process.stderr.write('No browser could be opened here: open the address yourself.\n');
}
