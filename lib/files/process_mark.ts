import { readFileSync, readlinkSync } from 'node:fs';
import { systemCode } from '../errors.js';

/**
 * What tells a process from every other one, also from one that got its number later or has it in another container:
 * the boot of the machine, the space that its number counts in, the number, and when it started.
 */
export interface ProcessMark {
  /** Linux's `boot_id` and the number of the process namespace; null where the system tells none. */
  readonly space: string | null;
  readonly pid: number;
  /** In ticks of the machine's clock since its boot; null where the system does not tell. */
  readonly start: string | null;
}

/** The mark of this process. */
export function thisProcess(): ProcessMark {
  const { pid } = process;
  return { space: processSpace(), pid, start: startOf(pid) };
}

/**
 * Whether a process has ended for certain. false is no proof that it lives: of one on another machine, in another
 * container, or on a system that tells no more than numbers, nothing can be known.
 */
export function hasEnded({ space, pid, start }: ProcessMark): boolean {
  if (space === null || start === null || space !== processSpace()) return false;
  if (!isTaken(pid)) return true;
  const now = startOf(pid);
  // A process that may not be looked at may be the same one.
  return now !== null && now !== start;
}

function processSpace(): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return null;
  }
}

/** Whether a process of that number is there. Asked of the kernel: what /proc shows may be limited to one's own. */
function isTaken(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) !== 'ESRCH';
  }
}

/** When a process started; null when that cannot be read; 'ended' for one that only its parent remembers. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may hold anything; after it come the state, the third field, and the start, the 22nd.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? 'ended' : (fields[19] ?? null);
  } catch {
    return null;
  }
}
