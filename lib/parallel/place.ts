import { type Claim, claimOf, type Launcher, launcherNames } from './launchers.js';
import {
  checkRank,
  checkSame,
  type Endpoint,
  type Environment,
  masterOf,
  named,
  refused,
  wholeNumber,
} from './variables.js';

/** Where this process stands among those that train together. */
export interface Place {
  /** From 0 to below `worldSize`. */
  readonly rank: number;
  readonly worldSize: number;
  /** Its number among those of this machine; 0 where nobody says. */
  readonly localRank: number;
  /** How many there are on this machine; 1 where nobody says. */
  readonly localWorldSize: number;
  /** Where the processes meet: process 0 waits there, or the launcher. */
  readonly master: Endpoint;
  /** Whether the launcher keeps the store in which they meet: then none of the processes does. */
  readonly agentStore: boolean;
  /** How often the job was started again, as this machine's launcher counts; it may differ on others. */
  readonly restarts: number;
  /**
   * The same for all processes of one attempt: the name of the job, and how often it was started again where all know the
   * same of it.
   */
  readonly meeting: string;
  readonly launcher: Launcher;
}

/** What a user says in place of a launcher: all of it, or nothing. */
export interface PlaceOptions {
  readonly rank?: number;
  readonly worldSize?: number;
  /** `host:port`; an IPv6 address in brackets. */
  readonly master?: string;
}

/**
 * The place of this process, by options, or by the variables of torchrun, Slurm, Open MPI, another MPI, or RANK and WORLD_SIZE alone.
 * Options may repeat what a launcher says, and choose where the processes meet where it does not.
 * @returns null where this process trains alone
 * @throws DcganError ERR_PARALLEL where options and variables contradict each other or say too little.
 */
export function placeFrom(env: Environment, options: PlaceOptions = {}): Place | null {
  const found = claimOf(env);
  const given = optionsClaim(options);
  if (given) checkGiven(given, found, masterOf(env));
  const claim = given ? { ...(found ?? given), master: given.master } : found;
  if (!claim || claim.worldSize.value === 1) return null;
  const { rank, worldSize, ...place } = claim;
  return { ...place, rank: rank.value, worldSize: worldSize.value, master: wholeMaster(claim) };
}

/** A place as a sentence. @param machine that this process runs on */
export function describePlace({ rank, worldSize, master, launcher }: Place, machine: string): string {
  return `Process ${rank} of ${worldSize} on ${machine} (${launcherNames[launcher]}, meeting at ${textOf(master)}).`;
}

function optionsClaim({ rank, worldSize, master }: PlaceOptions): (Claim & { master: Endpoint }) | null {
  if (rank === undefined && worldSize === undefined && master === undefined) return null;
  if (rank === undefined || worldSize === undefined || master === undefined) {
    const said =
      'The options rank, worldSize and master belong together: give all of them, or none and leave it to a launcher.';
    throw refused(said, { rank, worldSize, master });
  }
  const numbers = checkRank({
    rank: { name: 'rank', value: wholeNumber('rank', String(rank)) },
    worldSize: { name: 'worldSize', value: wholeNumber('worldSize', String(worldSize), 1) },
  });
  return {
    ...numbers,
    launcher: 'options',
    localRank: 0,
    localWorldSize: 1,
    agentStore: false,
    restarts: 0,
    meeting: 'options',
    master: endpointOf(master),
  };
}

/** @throws DcganError ERR_PARALLEL where options say other things than the environment. */
function checkGiven(
  given: Claim & { master: Endpoint },
  found: Claim | null,
  stated: Partial<Endpoint>,
): void {
  const remedy = 'Leave the options rank, worldSize and master out, or the variables.';
  if (found) {
    checkSame(given.rank, found.rank, remedy);
    checkSame(given.worldSize, found.worldSize, remedy);
  }
  const { host = given.master.host, port = given.master.port } = stated;
  if (host === given.master.host && port === given.master.port) return;
  const said = `master=${textOf(given.master)} contradicts MASTER_ADDR and MASTER_PORT, which lead to ${textOf({ host, port })}. ${remedy}`;
  throw refused(said, textOf(given.master));
}

/** Where the processes meet. @throws DcganError ERR_PARALLEL where a claim does not say it. */
function wholeMaster({ launcher, rank, worldSize, master: { host, port } }: Claim): Endpoint {
  if (host !== undefined && port !== undefined) return { host, port };
  const missing =
    host !== undefined ? 'MASTER_PORT' : port !== undefined ? 'MASTER_ADDR' : 'MASTER_ADDR and MASTER_PORT';
  const said = `${named(rank)} and ${named(worldSize)} tell of several processes, and nothing tells where they meet without ${missing}. Set MASTER_ADDR to the machine of process 0 (127.0.0.1 where all are on one) and MASTER_PORT to a free port there, the same for all${how[launcher] ?? ''}.`;
  throw refused(said, { rank, worldSize });
}

/** How a launcher gives variables to all of its processes. */
const how: Readonly<Partial<Record<Launcher, string>>> = {
  openmpi: ': mpirun -x MASTER_ADDR=HOST -x MASTER_PORT=PORT',
  pmi: ': mpiexec -genv MASTER_ADDR HOST -genv MASTER_PORT PORT',
};

/** @throws DcganError ERR_PARALLEL for what is no `host:port`. */
function endpointOf(text: string): Endpoint {
  const parts = /^(?:\[([^[\]]+)\]|([^:[\]]+)):(\d+)$/.exec(text);
  if (parts)
    return { host: (parts[1] ?? parts[2])!, port: wholeNumber('the port of master', parts[3]!, 1, 65_535) };
  const said = `master=${text} is wrong: it must be the machine of process 0 and a free port there, as in node01:29500 or [fd00::1]:29500.`;
  throw refused(said, text);
}

const textOf = ({ host, port }: Endpoint): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;
