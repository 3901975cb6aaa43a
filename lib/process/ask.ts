import { spawnSync } from 'node:child_process';
import { systemCode } from '../errors.js';
import type { Environment } from '../files/cache.js';

/** What a program that was asked something said, and how it ended. */
export interface Answer {
  /** The last line of its stdout, trimmed: whatever libraries print comes before it. '' when it said nothing. */
  readonly line: string;
  /** `failed`: another status than 0, or a signal; `late`: killed, because it took too long; `unstarted`: no process. */
  readonly end: 'done' | 'failed' | 'late' | 'unstarted';
  /** In words, such as `SIGSEGV`, `exit status 3`, or why it could not be started. */
  readonly how: string;
}

/**
 * Runs a program to its end, without a shell and in a process of its own, which may crash.
 * @param patience seconds after which it is killed
 */
export function ask(program: string, args: readonly string[], env: Environment, patience: number): Answer {
  const { error, stdout, status, signal } = spawnSync(program, args, {
    env: env as NodeJS.ProcessEnv,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: patience * 1000,
    killSignal: 'SIGKILL',
    windowsHide: true,
  });
  const line = (stdout ?? '').trimEnd().split('\n').at(-1)?.trim() ?? '';
  if (systemCode(error) === 'ETIMEDOUT')
    return { line, end: 'late', how: `not over after ${patience} seconds` };
  if (error) return { line, end: 'unstarted', how: error.message };
  return { line, end: status === 0 ? 'done' : 'failed', how: signal ?? `exit status ${status}` };
}

/** Runs a script in a Node.js of its own, as `ask` does. */
export function askNode(script: string, args: readonly string[], env: Environment, patience: number): Answer {
  // Options of the user's Node.js, a debugger for one, are not for this process; in Electron it is to be a Node.js.
  const own = { ...env, NODE_OPTIONS: '', ELECTRON_RUN_AS_NODE: '1' };
  return ask(process.execPath, ['-e', script, ...args], own, patience);
}

/** The object that a program printed as JSON in its last line; null when it did not come to that. */
export function objectIn<T extends object>({ line }: Answer): T | null {
  return line.startsWith('{') ? (JSON.parse(line) as T) : null;
}
