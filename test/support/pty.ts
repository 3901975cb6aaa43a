import { spawn } from 'node:child_process';
import { finished, type Outcome } from '../cli/helpers.js';

/** Where a program runs, and what its terminal is like. */
export interface Terminal {
  readonly cwd: string;
  readonly columns: number;
  readonly rows: number;
  /** TERM, and whatever else tells of it. */
  readonly env: Readonly<Record<string, string>>;
}

// Runs a program in a terminal of so many columns and rows, prints what it shows, and ends as it does.
const inTerminal = `
import fcntl, os, pty, struct, sys, termios
columns, rows, *words = sys.argv[1:]
child, terminal = pty.fork()
if child == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack('HHHH', int(rows), int(columns), 0, 0))
    os.execvp(words[0], words)
while True:
    try:
        shown = os.read(terminal, 65536)
    except OSError:
        break
    if not shown:
        break
    sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
`;

/** What would tell a program of the terminal in which the tests run. */
const ofThisTerminal =
  /^(TERM|COLORTERM|NO_COLOR|TMUX|STY|ZELLIJ|LC_TERMINAL|KITTY_|WT_SESSION|COLUMNS|LINES|DEBUG)/;

/** Runs a program in a pseudo terminal; what it shows is the outcome's `stdout`, a line ending with \n. */
export async function runInTerminal(
  { cwd, columns, rows, env }: Terminal,
  words: readonly string[],
): Promise<Outcome> {
  const others = Object.entries(process.env).filter(([name]) => !ofThisTerminal.test(name));
  const child = spawn('python3', ['-c', inTerminal, `${columns}`, `${rows}`, ...words], {
    cwd,
    env: { ...Object.fromEntries(others), ...env },
    timeout: 100_000,
  });
  const outcome = await finished(child);
  return { ...outcome, stdout: outcome.stdout.replaceAll('\r\n', '\n') };
}
