import { styleText } from 'node:util';
import type { Command } from 'commander';
import type { Check } from '../doctor/check.js';
import { type Example, examplesText } from './help.js';
import { exitCodes } from './report.js';

const examples: readonly Example[] = [
  ['npx dcgan-native doctor'],
  ["npx dcgan-native doctor --json | jq '.checks[] | select(.remedy)'"],
];

export function addDoctorCommand(program: Command, finish: (exitCode: number) => void): void {
  program
    .command('doctor')
    .description('Look at everything that training needs, and say what to do about what is missing.')
    .option('--json', 'print one object: ok, and every check')
    .addHelpText('after', examplesText(examples))
    .action(async ({ json = false }: { readonly json?: boolean }) => finish(await runDoctor(json)));
}

/** Writes the report to stdout: it is the answer. @returns 0 when training would work, else 1. */
async function runDoctor(json: boolean): Promise<number> {
  const { examine } = await import('../doctor/doctor.js');
  const checks: Check[] = [];
  for await (const check of examine()) {
    checks.push(check);
    if (!json) process.stdout.write(lineOf(check));
  }
  const ok = checks.every(({ verdict }) => verdict !== 'failed');
  process.stdout.write(json ? `${JSON.stringify({ ok, checks }, null, 2)}\n` : conclusion(ok));
  return ok ? 0 : exitCodes.failed;
}

const marks = {
  ok: ['✔', 'green'],
  info: ['·', 'gray'],
  warning: ['!', 'yellow'],
  failed: ['✘', 'red'],
} as const;

/** The width of the longest name, `libtorch: DCGAN_LIBTORCH`. */
const nameWidth = 24;

function lineOf({ name, verdict, detail, remedy, code }: Check): string {
  const [mark, colour] = marks[verdict];
  const said = code === undefined ? detail : `${code}: ${detail}`;
  const line = `${styled(colour, mark)} ${name.padEnd(nameWidth)}  ${said}\n`;
  return remedy === undefined
    ? line
    : `${line}${' '.repeat(nameWidth + 4)}${styled('bold', 'do this:')} ${remedy}\n`;
}

function conclusion(ok: boolean): string {
  return ok
    ? `\n${styled('green', 'Training works.')} Begin: npx dcgan-native train\n`
    : `\n${styled('red', 'Training would not work.')} What to do stands above, beside each ✘.\n`;
}

function styled(format: Parameters<typeof styleText>[0], text: string): string {
  return styleText(format, text, { stream: process.stdout });
}
