import { crc32 } from 'node:zlib';
import { firstHost, tasksOfNode } from './slurm_hosts.js';
import {
  checkSame,
  type Endpoint,
  type Environment,
  masterOf,
  type Numbers,
  numberOf,
  numbersOf,
} from './variables.js';

/** What has started the processes: `environment` is whoever has set RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT. */
export type Launcher = 'torchrun' | 'environment' | 'slurm' | 'openmpi' | 'pmi' | 'options';

/** What messages call them. */
export const launcherNames: Readonly<Record<Launcher, string>> = {
  torchrun: 'torchrun',
  environment: 'RANK and WORLD_SIZE',
  slurm: 'Slurm',
  openmpi: 'Open MPI',
  pmi: 'PMI',
  options: 'options',
};

/** What a launcher says of this process. */
export interface Claim extends Numbers {
  readonly launcher: Launcher;
  readonly localRank: number;
  readonly localWorldSize: number;
  readonly agentStore: boolean;
  readonly restarts: number;
  readonly meeting: string;
  /** Where the processes meet, as far as it says. */
  readonly master: Partial<Endpoint>;
}

/**
 * What the environment says of this process; null where it says nothing of others.
 * @throws DcganError ERR_PARALLEL where it contradicts itself.
 */
export function claimOf(env: Environment): Claim | null {
  const torchrun = torchrunClaim(env);
  // It may itself be started by another launcher, of which it takes no notice either.
  if (torchrun) return torchrun;
  const claim = mpiOrSlurmClaim(env);
  if (!claim) return environmentClaim(env);
  // Scripts set these from what the launcher says, all of them or some.
  const remedy = `Leave RANK and WORLD_SIZE out: what ${launcherNames[claim.launcher]} says is enough.`;
  for (const [name, told] of [
    ['RANK', claim.rank],
    ['WORLD_SIZE', claim.worldSize],
  ] as const) {
    const own = numberOf(env, name);
    if (own) checkSame(own, told, remedy);
  }
  return claim;
}

function torchrunClaim(env: Environment): Claim | null {
  const run = env.TORCHELASTIC_RUN_ID;
  const claim = run ? environmentClaim(env) : null;
  if (!claim) return null;
  const restarts = numberOf(env, 'TORCHELASTIC_RESTART_COUNT')?.value ?? 0;
  return {
    ...claim,
    launcher: 'torchrun',
    agentStore: env.TORCHELASTIC_USE_AGENT_STORE === 'True',
    restarts,
    // Each machine's torchrun counts for itself how often it has failed: of several the counts differ after a restart.
    meeting: env.GROUP_WORLD_SIZE === '1' ? `${run}.${restarts}` : `${run}`,
  };
}

/** Of RANK and WORLD_SIZE, as PyTorch's `env://` reads them, a PyTorchJob of Kubeflow sets them, and who does it by hand. */
function environmentClaim(env: Environment): Claim | null {
  const numbers = numbersOf(env, 'RANK', 'WORLD_SIZE');
  return (
    numbers && {
      ...numbers,
      launcher: 'environment',
      localRank: numberOf(env, 'LOCAL_RANK')?.value ?? 0,
      localWorldSize: numberOf(env, 'LOCAL_WORLD_SIZE', 1)?.value ?? 1,
      agentStore: false,
      restarts: 0,
      meeting: 'environment',
      master: masterOf(env),
    }
  );
}

/** What MPI or Slurm says of several processes. One that started a single process says nothing of others. */
function mpiOrSlurmClaim(env: Environment): Claim | null {
  const several = (claim: Claim | null) => (claim && claim.worldSize.value > 1 ? claim : null);
  const slurm = several(slurmClaim(env));
  const mpi = several(openMpiClaim(env) ?? pmiClaim(env));
  // `srun --mpi` sets the variables of MPI as well, with the same numbers. An mpirun within a job of Slurm has srun start
  // its own helper on each machine, whose numbers the processes inherit.
  const isSame = slurm?.rank.value === mpi?.rank.value && slurm?.worldSize.value === mpi?.worldSize.value;
  return mpi && !isSame ? mpi : slurm;
}

function slurmClaim(env: Environment): Claim | null {
  const { SLURM_STEP_ID: step, SLURM_JOB_ID: job } = env;
  // A batch script has the other variables, too, without being one of several.
  if (!step || isShell(env)) return null;
  const numbers = numbersOf(
    env,
    'SLURM_PROCID',
    // The other one may be that of the whole job, of which this step has some.
    env.SLURM_STEP_NUM_TASKS ? 'SLURM_STEP_NUM_TASKS' : 'SLURM_NTASKS',
  );
  if (!numbers) return null;
  const tasks = env.SLURM_STEP_TASKS_PER_NODE ?? env.SLURM_TASKS_PER_NODE ?? '';
  const node = numberOf(env, 'SLURM_NODEID')?.value ?? 0;
  const host = firstHost(env.SLURM_STEP_NODELIST ?? env.SLURM_JOB_NODELIST ?? '');
  const restarts = numberOf(env, 'SLURM_RESTART_COUNT')?.value ?? 0;
  return {
    ...numbers,
    launcher: 'slurm',
    localRank: numberOf(env, 'SLURM_LOCALID')?.value ?? 0,
    localWorldSize: tasksOfNode(tasks, node) ?? numberOf(env, 'SLURM_NTASKS_PER_NODE', 1)?.value ?? 1,
    agentStore: false,
    restarts,
    meeting: `${job}.${step}.${restarts}`,
    master: {
      ...(host && { host }),
      ...(/^\d+$/.test(job ?? '') && { port: 15_000 + Number(job!.slice(-4)) }),
      ...masterOf(env),
    },
  };
}

/**
 * Whether this is the shell of `srun --pty bash`, or below it: the other tasks of that step end at once. What srun starts from within
 * is of a later step. `salloc` needs no such care: its shell is of no step, or of one with a single task.
 */
function isShell({ SLURM_STEP_ID, SLURM_PTY_PORT, SLURM_JOB_NAME }: Environment): boolean {
  const shell = /(^|\/)(ba|da|z|k|c|tc|fi)?sh$/;
  return SLURM_STEP_ID === '0' && Boolean(SLURM_PTY_PORT) && shell.test(SLURM_JOB_NAME ?? '');
}

function openMpiClaim(env: Environment): Claim | null {
  const numbers = numbersOf(env, 'OMPI_COMM_WORLD_RANK', 'OMPI_COMM_WORLD_SIZE');
  const localRank = numberOf(env, 'OMPI_COMM_WORLD_LOCAL_RANK')?.value ?? 0;
  const localWorldSize = numberOf(env, 'OMPI_COMM_WORLD_LOCAL_SIZE', 1)?.value ?? 1;
  // Versions 4 and 5 set the first; an older one may set the second alone.
  const job = env.PMIX_NAMESPACE ?? env.OMPI_MCA_ess_base_jobid;
  return numbers && mpiClaim(env, 'openmpi', { ...numbers, localRank, localWorldSize, job });
}

/** Of MPICH, Intel MPI and others with their process manager. */
function pmiClaim(env: Environment): Claim | null {
  const numbers = numbersOf(env, 'PMI_RANK', 'PMI_SIZE');
  const localRank = numberOf(env, 'MPI_LOCALRANKID')?.value ?? 0;
  const localWorldSize = numberOf(env, 'MPI_LOCALNRANKS', 1)?.value ?? 1;
  // MPICH's tells the processes no name of their job.
  const job = env.PMI_JOBID ?? env.I_MPI_HYDRA_UUID;
  return numbers && mpiClaim(env, 'pmi', { ...numbers, localRank, localWorldSize, job });
}

interface MpiNumbers extends Numbers {
  readonly localRank: number;
  readonly localWorldSize: number;
  /** Tells the job from others on the machine; all of its processes have it. */
  readonly job: string | undefined;
}

function mpiClaim(env: Environment, launcher: 'openmpi' | 'pmi', { job, ...numbers }: MpiNumbers): Claim {
  const isOneMachine = numbers.localWorldSize === numbers.worldSize.value;
  return {
    ...numbers,
    launcher,
    agentStore: false,
    restarts: 0,
    meeting: job ?? launcher,
    master: {
      ...(isOneMachine && job && { host: '127.0.0.1', port: 15_000 + (crc32(job) % 10_000) }),
      ...masterOf(env),
    },
  };
}
