import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Environment } from '../files/cache.js';
import { python, pythonArguments, pythonVariables } from './python.js';

export interface RunOptions {
  readonly env?: Environment;
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
 * Runs a script in python3 to its end; of the working directory it imports nothing. Temporary files are made in
 * `temporary`.
 * @param args `sys.argv[1:]`
 * @throws the signal's reason, once the process has ended; the system's error when it cannot begin
 */
export function runPython(
  script: string,
  args: readonly string[],
  temporary: string,
  options: RunOptions,
): Promise<RunResult> {
  const { env = process.env, signal, onLine, onWarning } = options;
  const child = spawn(python, pythonArguments(script, args), {
    // Whoever removes `temporary` removes what pip leaves when it is stopped. Lines are wanted when they are written.
    env: {
      ...pythonVariables(env),
      TMPDIR: temporary,
      PYTHONUNBUFFERED: '1',
      PIP_DISABLE_PIP_VERSION_CHECK: '1',
    } as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  const errors: string[] = [];
  eachLine(child.stdout, (line) => onLine?.(line));
  eachLine(child.stderr, (line) => {
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

/** Node makes no streams where it could not open the pipes for them; then the process has an error to tell. */
function eachLine(stream: Readable | undefined, use: (line: string) => void): void {
  if (stream) createInterface({ input: stream }).on('line', use);
}
