import { spawnSync } from 'node:child_process';

/**
 * Runs a program to its end.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnSyncOptions & { whole?: boolean }} options `whole`: an error holds all that the
 *   program wrote rather than its last line on stderr
 * @returns {string} what it wrote to stdout
 * @throws Error with how it ended and what it said
 */
export function run(program, args, { whole = false, ...options } = {}) {
  const ended = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 2 ** 26, ...options });
  const { error, status, signal, stdout, stderr } = ended;
  if (status === 0) return stdout;
  const how = error?.message ?? `it ended with ${signal ?? status}`;
  const said = whole ? `\n${stdout}${stderr}` : ` ${lastLine(stderr ?? '')}`;
  throw new Error(`${program} ${args.join(' ')}: ${how}.${said}`.trimEnd());
}

/** The last line of a text that ends with or without a line break. */
export const lastLine = (text) => text.trim().split('\n').at(-1);
