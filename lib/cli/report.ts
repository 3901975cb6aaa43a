import { CommanderError } from 'commander';
import { DcganError } from '../errors.js';
import { runMeantBy } from './run_meant.js';
import { asTyped } from './wording.js';

/** Exit statuses of the program. */
export const exitCodes = {
  failed: 1,
  usage: 2,
  hungUp: 129,
  interrupted: 130,
  pipeClosed: 141,
  terminated: 143,
} as const;

/**
 * Says on stderr what went wrong, in one line that begins with `error: ERR_…: `; with the stack when `DEBUG`
 * is set.
 * @returns the exit status
 */
export function reportError(error: unknown): number {
  const { code, message } = describe(error);
  process.stderr.write(`error: ${code}: ${message}\n`);
  if (process.env.DEBUG && !(error instanceof CommanderError)) process.stderr.write(`${stackOf(error)}\n`);
  return code === 'ERR_USAGE' ? exitCodes.usage : exitCodes.failed;
}

/** A path or word as a POSIX shell takes it. */
export function shellQuote(word: string): string {
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function describe(error: unknown): { code: string; message: string } {
  if (error instanceof CommanderError) return { code: 'ERR_USAGE', message: error.message };
  const { code, message } =
    error instanceof Error ? withCode(error) : { code: undefined, message: String(error) };
  if (typeof code === 'string' && code.startsWith('ERR_')) {
    return { code, message: asTyped(message) + hintOf(error) };
  }
  return { code: 'ERR_INTERNAL', message: `${message.split('\n', 1)[0]} (set DEBUG=1 to see where)` };
}

/** Which run may have been meant, where there is none; else nothing. */
function hintOf(error: unknown): string {
  if (!(error instanceof DcganError) || error.code !== 'ERR_CHECKPOINT_NOT_FOUND') return '';
  const meant = typeof error.value === 'string' ? runMeantBy(error.value) : null;
  return meant === null ? '' : ` Did you mean ${shellQuote(meant)}?`;
}

function withCode(error: Error): { code: unknown; message: string } {
  return { code: (error as { code?: unknown }).code, message: error.message };
}

/** Says on stderr what should be known. */
export function warn(message: string): void {
  process.stderr.write(`warning: ${asTyped(message)}\n`);
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const cause = error.cause === undefined ? '' : `\ncaused by ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
