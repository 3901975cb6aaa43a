import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { python } from './python.js';

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
  readonly quiet?: boolean;
}

export interface RunResult {
  /** The exit status; null when a signal ended it. */
  readonly status: number | null;
  /** The last lines of its stderr. */
  readonly errors: readonly string[];
}

const keptLines = 20;

/**
 * Runs python3 to its end. Its output, pip's progress bar for one, goes to our stderr, and so do warnings; lines that
 * begin with `ERROR:` are for the caller to put into a sentence. Temporary files are made in `temporary`.
 * @throws the signal's reason, once the process has ended
 */
export function runPython(
  args: readonly string[],
  temporary: string,
  options: RunOptions,
): Promise<RunResult> {
  const { env = process.env, signal, quiet = false } = options;
  const child = spawn(python, args, {
    // Whoever removes `temporary` removes what pip leaves when it is stopped.
    env: { ...env, TMPDIR: temporary, PIP_DISABLE_PIP_VERSION_CHECK: '1' } as NodeJS.ProcessEnv,
    stdio: ['ignore', quiet ? 'ignore' : process.stderr, 'pipe'],
    windowsHide: true,
  });
  const errors: string[] = [];
  const lines = createInterface({ input: child.stderr });
  lines.on('line', (line) => {
    if (line.trim() === '') return;
    errors.push(line.trim());
    if (errors.length > keptLines) errors.shift();
    if (!quiet && /^\s*WARNING:/.test(line)) process.stderr.write(`${line}\n`);
  });
  const stop = () => child.kill();
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => {
      signal?.removeEventListener('abort', stop);
      if (signal?.aborted) reject(signal.reason);
      else resolve({ status, errors });
    });
  });
}
