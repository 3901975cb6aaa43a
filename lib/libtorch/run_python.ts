import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { python } from './python.js';

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
  /** Called with each line of its stdout. */
  readonly onLine?: (line: string) => void;
  /** Called with each line of its stderr that is a warning of pip's. */
  readonly onWarning?: (line: string) => void;
}

export interface RunResult {
  /** The exit status; null when a signal ended it. */
  readonly status: number | null;
  /** The last lines of its stderr. */
  readonly errors: readonly string[];
}

const keptLines = 20;

/**
 * Runs python3 to its end. Temporary files are made in `temporary`.
 * @throws the signal's reason, once the process has ended
 */
export function runPython(
  args: readonly string[],
  temporary: string,
  options: RunOptions,
): Promise<RunResult> {
  const { env = process.env, signal, onLine, onWarning } = options;
  const child = spawn(python, args, {
    // Whoever removes `temporary` removes what pip leaves when it is stopped. Lines are wanted when they are written.
    env: {
      ...env,
      TMPDIR: temporary,
      PYTHONUNBUFFERED: '1',
      PIP_DISABLE_PIP_VERSION_CHECK: '1',
    } as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  const errors: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => onLine?.(line));
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (line.trim() === '') return;
    errors.push(line.trim());
    if (errors.length > keptLines) errors.shift();
    if (/^\s*WARNING:/.test(line)) onWarning?.(line.trim());
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
