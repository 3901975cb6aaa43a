import { readFileSync } from 'node:fs';
import { availableParallelism, hostname } from 'node:os';
import { DcganError } from '../errors.js';
import type { NativeCore, NativeGroupHandle, NativeProcessGroup } from '../native/bindings.js';
import { native, nativeNow } from '../native/errors.js';
import type { Place } from './place.js';

/** What a process did when all did the same. */
type Outcome<T> = { readonly value: T } | { readonly failed: string };

/**
 * The processes that train together, as each of them sees it. All make the same calls in the same order; a call rejects with
 * ERR_PARALLEL once another process is lost, or said that it failed.
 */
export class Group {
  readonly #group: NativeProcessGroup;
  /** The machine that this process runs on. */
  readonly machine = hostname();

  constructor(
    core: NativeCore,
    readonly place: Place,
  ) {
    this.#group = nativeNow(() => new core.ProcessGroup());
  }

  /**
   * Waits until all processes are there. Before all other calls.
   * @param limit seconds that a process waits for the others, now and later
   * @throws DcganError ERR_PARALLEL: the meeting place cannot be reached, its port is in use, a process has not come (it says
   * which), two have one rank, or were told of other numbers.
   */
  async meet(limit: number): Promise<void> {
    const { rank, worldSize, master, agentStore: launcherKeepsStore, meeting } = this.place;
    const { machine } = this;
    await native(() =>
      this.#group.join({ rank, worldSize, ...master, launcherKeepsStore, meeting, machine, limit }),
    );
  }

  /** Whether this process is the one that writes and decides: that of rank 0. */
  get leads(): boolean {
    return this.place.rank === 0;
  }

  /** For the trainer of this process. */
  get handle(): NativeGroupHandle {
    return this.#group.handle();
  }

  /** What each gave, in the order of ranks. */
  async gather<T>(value: T): Promise<T[]> {
    const all = await this.gatherBytes(bytesOf(value));
    return all.map((bytes) => readJson(bytes) as T);
  }

  /** The same of bytes. */
  gatherBytes(bytes: Uint8Array): Promise<Uint8Array[]> {
    return native(() => this.#group.gather(bytes));
  }

  /** What the leading process gave; what others give is not looked at. */
  async broadcast<T>(value?: T): Promise<T> {
    return readJson(await this.broadcastBytes(bytesOf(value))) as T;
  }

  /** The same of bytes. */
  broadcastBytes(bytes: Uint8Array): Promise<Uint8Array> {
    return native(() => this.#group.broadcast(bytes));
  }

  /**
   * Does on each process what may fail on one.
   * @returns what each came to, in the order of ranks
   * @throws its own error where it failed here, else ERR_PARALLEL with that of the first process where it failed.
   */
  async together<T>(task: () => Promise<T>): Promise<T[]> {
    const own = await task().then(
      (value) => ({ value, error: null }),
      (error: unknown) => ({ value: null, error }),
    );
    const outcome = own.error === null ? { value: own.value as T } : { failed: this.told(own.error) };
    const outcomes = await this.gather<Outcome<T>>(outcome);
    if (own.error !== null) throw own.error;
    return outcomes.map((of) => {
      if ('failed' in of) throw new DcganError('ERR_PARALLEL', of.failed);
      return of.value;
    });
  }

  /** Tells the others why this process cannot go on: their calls reject with that. */
  async fail(error: unknown): Promise<void> {
    await native(() => this.#group.fail(this.told(error)));
  }

  /** Leaves the group: calls of the others reject. */
  leave(): void {
    this.#group.dispose();
  }

  /** An error as the others are told of it. */
  told(error: unknown): string {
    // What another process was the cause of, names that one.
    if (error instanceof DcganError && error.code === 'ERR_PARALLEL') return error.message;
    const code = error instanceof DcganError ? `${error.code}: ` : '';
    return `Process ${this.place.rank} on ${this.machine} has ended the training: ${code}${(error as Error).message}`;
  }
}

/**
 * How many CPU threads this process takes where nobody says it: what processes of one machine share is divided among them. Launchers set
 * OMP_NUM_THREADS to 1 where nobody has, which is no wish of the user's; any other number is.
 * @param own how many a process alone would take, and what decided it
 */
export async function sharedThreads(
  group: Group,
  own: { readonly count: number; readonly reason: string },
): Promise<number> {
  const mine = { machine: group.machine, cpus: allowedCpus() };
  const all = await group.gather(mine);
  const sharing = all.filter(({ machine, cpus }) => machine === mine.machine && cpus === mine.cpus).length;
  const isSaid = own.reason.includes('OMP_NUM_THREADS');
  if (isSaid && !(group.place.launcher === 'torchrun' && own.count === 1)) return own.count;
  const count = isSaid ? availableParallelism() : own.count;
  return Math.max(1, Math.floor(count / sharing));
}

/** The CPUs that this process may run on, as the system lists them; '' where it does not say. */
function allowedCpus(): string {
  try {
    return /^Cpus_allowed_list:\s*(.*)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
  } catch {
    return '';
  }
}

// What is not there at all is null on the other side.
const bytesOf = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value ?? null));
const readJson = (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString());
