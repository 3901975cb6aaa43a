import { describePlace, placeFrom } from '../../lib/parallel/place.js';
import {
  mpich,
  openMpi4,
  openMpi5,
  pytorchJob,
  slurmBatch,
  slurmInteractive,
  slurmStep,
  torchrun,
} from './environments.js';

/** The sentence with which an environment, or options beside it, are refused. */
function refusal(...given: Parameters<typeof placeFrom>): string {
  try {
    placeFrom(...given);
  } catch (error) {
    expect(error).toMatchObject({ name: 'DcganError', code: 'ERR_PARALLEL' });
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
}

const twoNodes = {
  ...slurmStep,
  SLURM_JOB_ID: '200505',
  SLURM_JOB_NODELIST: 'node[01-04,07],gpu-a',
  SLURM_NODEID: '1',
  SLURM_PROCID: '2',
  SLURM_LOCALID: '0',
  SLURM_NTASKS: '8',
  SLURM_STEP_NODELIST: 'node[02-03]',
  SLURM_STEP_NUM_TASKS: '3',
  SLURM_STEP_TASKS_PER_NODE: '2,1',
  SLURM_TASKS_PER_NODE: '2(x3),1(x2)',
};
const machines = { OMPI_COMM_WORLD_LOCAL_SIZE: '1', OMPI_COMM_WORLD_LOCAL_RANK: '0' };
const master = { MASTER_ADDR: 'node01', MASTER_PORT: '29500' };

test('a process that nobody says anything to trains alone', () => {
  expect(placeFrom({ PATH: '/bin', MASTER_ADDR: 'node01', RANK: '', SLURM_JOB_ID: '' })).toBeNull();
});

describe('torchrun', () => {
  test('says everything, and may keep the store', () => {
    expect(placeFrom(torchrun)).toEqual({
      rank: 1,
      worldSize: 2,
      localRank: 1,
      localWorldSize: 2,
      master: { host: 'localhost', port: 33133 },
      agentStore: true,
      restarts: 0,
      meeting: '412c9bbf-7eb8-4b06-9fec-81ddf9d25c00.0',
      launcher: 'torchrun',
    });
    expect(placeFrom({ ...torchrun, TORCHELASTIC_USE_AGENT_STORE: 'False' })?.agentStore).toBe(false);
  });

  test('started again has another meeting', () => {
    const again = placeFrom({ ...torchrun, TORCHELASTIC_RESTART_COUNT: '2', TORCHELASTIC_RUN_ID: 'digits' });
    expect(again).toMatchObject({ restarts: 2, meeting: 'digits.2' });
  });

  test('of several machines, which do not count restarts alike, gives all one meeting', () => {
    const machine = (restarts: string) => ({
      ...torchrun,
      GROUP_WORLD_SIZE: '2',
      TORCHELASTIC_RESTART_COUNT: restarts,
    });
    expect(placeFrom(machine('1'))?.meeting).toBe(placeFrom(machine('0'))?.meeting);
  });

  test('wins over the launcher that has started it on each machine', () => {
    for (const outer of [slurmStep, twoNodes, openMpi4, mpich]) {
      expect(placeFrom({ ...outer, ...torchrun })).toEqual(placeFrom(torchrun));
    }
  });

  test('with one process trains alone', () => {
    expect(placeFrom({ ...torchrun, RANK: '0', WORLD_SIZE: '1' })).toBeNull();
  });
});

describe('RANK and WORLD_SIZE', () => {
  test('are enough, with where the processes meet', () => {
    expect(placeFrom(pytorchJob)).toEqual({
      rank: 1,
      worldSize: 3,
      localRank: 0,
      localWorldSize: 1,
      master: { host: 'digits-master-0', port: 23456 },
      agentStore: false,
      restarts: 0,
      meeting: 'environment',
      launcher: 'environment',
    });
  });

  test('may have their like for one machine', () => {
    const env = { ...pytorchJob, LOCAL_RANK: '1', LOCAL_WORLD_SIZE: '3' };
    expect(placeFrom(env)).toMatchObject({ localRank: 1, localWorldSize: 3 });
  });

  test('of one process train alone, wherever they meet', () => {
    expect(placeFrom({ RANK: '0', WORLD_SIZE: '1' })).toBeNull();
    expect(placeFrom({ WORLD_SIZE: '1' })).toBeNull();
  });

  test.each([
    [{ ...master, RANK: '1' }, 'RANK=1 is set, and WORLD_SIZE is not. Set both, or neither to train alone.'],
    [
      { ...master, WORLD_SIZE: '4' },
      'WORLD_SIZE=4 is set, and RANK is not. Set both, or neither to train alone.',
    ],
    [
      { ...master, RANK: '4', WORLD_SIZE: '4' },
      'RANK=4 and WORLD_SIZE=4 contradict each other: of 4 processes the first is 0 and the last 3. Give each its own number.',
    ],
    [{ ...master, RANK: '1', WORLD_SIZE: '1' }, /^RANK=1 and WORLD_SIZE=1 contradict each other/],
    [{ ...master, RANK: 'one', WORLD_SIZE: '4' }, /^RANK=one is wrong: it must be a whole number from 0 to/],
    [{ ...master, RANK: '-1', WORLD_SIZE: '4' }, /^RANK=-1 is wrong/],
    [
      { ...master, RANK: '0', WORLD_SIZE: '2.5' },
      /^WORLD_SIZE=2.5 is wrong: it must be a whole number from 1 to/,
    ],
    [{ ...master, RANK: '0', WORLD_SIZE: '0' }, /^WORLD_SIZE=0 is wrong/],
    [
      { RANK: '1', WORLD_SIZE: '2' },
      'RANK=1 and WORLD_SIZE=2 tell of several processes, and nothing tells where they meet without MASTER_ADDR and MASTER_PORT. Set MASTER_ADDR to the machine of process 0 (127.0.0.1 where all are on one) and MASTER_PORT to a free port there, the same for all.',
    ],
    [{ RANK: '1', WORLD_SIZE: '2', MASTER_ADDR: 'node01' }, /where they meet without MASTER_PORT\. Set/],
    [{ RANK: '1', WORLD_SIZE: '2', MASTER_PORT: '29500' }, /where they meet without MASTER_ADDR\. Set/],
    [
      { RANK: '1', WORLD_SIZE: '2', MASTER_ADDR: 'node01', MASTER_PORT: '70000' },
      'MASTER_PORT=70000 is wrong: it must be a whole number from 1 to 65535.',
    ],
    [{ RANK: '1', WORLD_SIZE: '2', MASTER_ADDR: 'node01', MASTER_PORT: '0' }, /^MASTER_PORT=0 is wrong/],
  ])('%j are refused', (env, said) => {
    expect(refusal(env)).toMatch(said);
  });
});

describe('Slurm', () => {
  test('says everything of the tasks that srun starts', () => {
    expect(placeFrom(slurmStep)).toEqual({
      rank: 1,
      worldSize: 2,
      localRank: 1,
      localWorldSize: 2,
      master: { host: 'vm', port: 15003 },
      agentStore: false,
      restarts: 0,
      meeting: '3.0.0',
      launcher: 'slurm',
    });
  });

  test('of a step with some of the tasks and machines of its job counts those', () => {
    expect(placeFrom(twoNodes)).toMatchObject({
      rank: 2,
      worldSize: 3,
      localRank: 0,
      localWorldSize: 1,
      master: { host: 'node02', port: 15505 },
    });
  });

  test('may say it of the job alone', () => {
    const { SLURM_STEP_NUM_TASKS, SLURM_STEP_NODELIST, SLURM_STEP_TASKS_PER_NODE, ...job } = twoNodes;
    expect(placeFrom(job)).toMatchObject({
      worldSize: 8,
      localWorldSize: 2,
      master: { host: 'node01', port: 15505 },
    });
    const { SLURM_TASKS_PER_NODE, ...less } = job;
    expect(placeFrom({ ...less, SLURM_NTASKS_PER_NODE: '4' })?.localWorldSize).toBe(4);
    expect(placeFrom(less)?.localWorldSize).toBe(1);
  });

  test('leaves it to MASTER_ADDR and MASTER_PORT where the processes meet, together or each', () => {
    expect(placeFrom({ ...slurmStep, ...master })?.master).toEqual({ host: 'node01', port: 29500 });
    expect(placeFrom({ ...slurmStep, MASTER_ADDR: 'ib01' })?.master).toEqual({ host: 'ib01', port: 15003 });
    expect(placeFrom({ ...slurmStep, MASTER_PORT: '29500' })?.master).toEqual({ host: 'vm', port: 29500 });
  });

  test('that has queued a job again gives it another meeting', () => {
    const again = placeFrom({ ...slurmStep, SLURM_RESTART_COUNT: '1' });
    expect(again).toMatchObject({ restarts: 1, meeting: '3.0.1' });
  });

  test('in a batch script, without srun, trains alone', () => {
    expect(placeFrom(slurmBatch)).toBeNull();
  });

  test('in a shell of salloc trains alone, and what srun starts from there does not', () => {
    expect(placeFrom(slurmInteractive)).toBeNull();
    // srun leaves the name of the job as it is.
    const step = { ...slurmInteractive, ...slurmStep, SLURM_JOB_NAME: 'interactive' };
    expect(placeFrom(step)).toMatchObject({ rank: 1, worldSize: 2 });
  });

  test.each(['bash', '/bin/bash', 'zsh'])(
    'in the shell of srun --pty %s trains alone, and what srun starts from there does not',
    (shell) => {
      const inShell = { ...slurmStep, SLURM_PROCID: '0', SLURM_JOB_NAME: shell, SLURM_PTY_PORT: '39933' };
      expect(placeFrom(inShell)).toBeNull();
      expect(placeFrom({ ...inShell, SLURM_STEP_ID: '1' })).toMatchObject({ rank: 0, worldSize: 2 });
    },
  );

  test('takes a script that srun gives to bash, and a program with a terminal, for what they are', () => {
    expect(placeFrom({ ...slurmStep, SLURM_JOB_NAME: 'bash' })?.worldSize).toBe(2);
    expect(placeFrom({ ...slurmStep, SLURM_JOB_NAME: 'npx', SLURM_PTY_PORT: '39933' })?.worldSize).toBe(2);
  });

  test('is content with RANK and WORLD_SIZE, all or some, that say the same', () => {
    const own = { RANK: '1', WORLD_SIZE: '2' };
    expect(placeFrom({ ...slurmStep, ...own })).toEqual(placeFrom(slurmStep));
    expect(placeFrom({ ...slurmStep, WORLD_SIZE: '2', ...master })?.master).toEqual({
      host: 'node01',
      port: 29500,
    });
  });

  test('of one task says nothing against others that were started by hand', () => {
    const own = { RANK: '1', WORLD_SIZE: '2', ...master };
    expect(placeFrom({ ...slurmInteractive, ...own })).toMatchObject({ rank: 1, launcher: 'environment' });
  });

  test.each([
    [
      { RANK: '0', WORLD_SIZE: '2' },
      'RANK=0 and SLURM_PROCID=1 contradict each other. Leave RANK and WORLD_SIZE out: what Slurm says is enough.',
    ],
    [{ WORLD_SIZE: '4' }, /^WORLD_SIZE=4 and SLURM_STEP_NUM_TASKS=2 contradict each other/],
    [{ SLURM_PROCID: '2' }, /^SLURM_PROCID=2 and SLURM_STEP_NUM_TASKS=2 contradict each other/],
    [{ SLURM_PROCID: 'x' }, /^SLURM_PROCID=x is wrong/],
    [{ SLURM_STEP_NODELIST: '(null)' }, /nothing tells where they meet without MASTER_ADDR\. Set/],
    [{ SLURM_JOB_ID: '' }, /nothing tells where they meet without MASTER_PORT\. Set/],
  ])('is refused with %j', (changes, said) => {
    expect(refusal({ ...slurmStep, ...changes })).toMatch(said);
  });
});

describe('Open MPI', () => {
  test.each([
    ['4', openMpi4, '1461256193'],
    ['5', openMpi5, 'prterun-vm-15335@1'],
  ])('%s says everything on one machine', (_, env, job) => {
    const place = placeFrom(env)!;
    expect(place).toEqual({
      rank: 1,
      worldSize: 2,
      localRank: 1,
      localWorldSize: 2,
      master: { host: '127.0.0.1', port: expect.any(Number) },
      agentStore: false,
      restarts: 0,
      meeting: job,
      launcher: 'openmpi',
    });
    expect(placeFrom({ ...env, OMPI_COMM_WORLD_RANK: '0', OMPI_COMM_WORLD_LOCAL_RANK: '0' })).toEqual({
      ...place,
      rank: 0,
      localRank: 0,
    });
  });

  test('gives two jobs on one machine two ports, which no system gives away by itself', () => {
    const ports = Array.from({ length: 5 }, (_, i) => {
      return placeFrom({ ...openMpi5, PMIX_NAMESPACE: `prterun-vm-${15335 + i}@1` })!.master.port;
    });
    expect(new Set(ports).size).toBe(5);
    for (const port of ports) {
      expect(port).toBeGreaterThanOrEqual(15_000);
      expect(port).toBeLessThan(25_000);
    }
  });

  test('on several machines needs to be told where the processes meet', () => {
    expect(placeFrom({ ...openMpi4, ...machines, ...master })).toMatchObject({
      rank: 1,
      master: { host: 'node01', port: 29500 },
    });
    expect(refusal({ ...openMpi4, ...machines })).toMatch(
      /^OMPI_COMM_WORLD_RANK=1 and OMPI_COMM_WORLD_SIZE=2 tell .*: mpirun -x MASTER_ADDR=HOST -x MASTER_PORT=PORT\.$/,
    );
  });

  test('within a job of Slurm, which counts the helpers of mpirun, wins over it', () => {
    const helper = { ...slurmStep, SLURM_PROCID: '0', SLURM_STEP_NUM_TASKS: '3' };
    expect(placeFrom({ ...helper, ...openMpi4 })).toEqual(placeFrom(openMpi4));
  });

  test('whose variables srun sets leaves it to Slurm where the processes meet', () => {
    expect(placeFrom({ ...slurmStep, ...openMpi4, ...machines })).toEqual(placeFrom(slurmStep));
  });

  test('is refused with RANK and WORLD_SIZE that say something else', () => {
    const own = { RANK: '1', WORLD_SIZE: '4', ...master };
    expect(refusal({ ...openMpi4, ...own })).toBe(
      'WORLD_SIZE=4 and OMPI_COMM_WORLD_SIZE=2 contradict each other. Leave RANK and WORLD_SIZE out: what Open MPI says is enough.',
    );
  });

  test('is refused with half of its variables', () => {
    const { OMPI_COMM_WORLD_SIZE, ...half } = openMpi4;
    expect(refusal(half)).toMatch(/^OMPI_COMM_WORLD_RANK=1 is set, and OMPI_COMM_WORLD_SIZE is not/);
  });
});

describe('another MPI', () => {
  test('on one machine says everything where it names its job, as that of Intel and srun do', () => {
    const place = placeFrom({ ...mpich, I_MPI_HYDRA_UUID: '9d260000-7c26-e807-8fb4-050000430af0' });
    expect(place).toMatchObject({
      rank: 1,
      worldSize: 2,
      localRank: 1,
      localWorldSize: 2,
      master: { host: '127.0.0.1' },
      meeting: '9d260000-7c26-e807-8fb4-050000430af0',
      launcher: 'pmi',
    });
    expect(placeFrom({ ...mpich, PMI_JOBID: '17.0' })?.meeting).toBe('17.0');
  });

  test('needs to be told where the processes meet where it does not', () => {
    expect(placeFrom({ ...mpich, ...master })).toMatchObject({ rank: 1, worldSize: 2, launcher: 'pmi' });
    expect(refusal(mpich)).toMatch(
      /^PMI_RANK=1 and PMI_SIZE=2 tell .*: mpiexec -genv MASTER_ADDR HOST -genv MASTER_PORT PORT\.$/,
    );
  });

  test('whose variables srun sets leaves it to Slurm where the processes meet', () => {
    expect(placeFrom({ ...slurmStep, PMI_RANK: '1', PMI_SIZE: '2' })).toEqual(placeFrom(slurmStep));
  });
});

describe('options', () => {
  const options = { rank: 1, worldSize: 2, master: 'node01:29500' };

  test('are enough', () => {
    expect(placeFrom({}, options)).toEqual({
      rank: 1,
      worldSize: 2,
      localRank: 0,
      localWorldSize: 1,
      master: { host: 'node01', port: 29500 },
      agentStore: false,
      restarts: 0,
      meeting: 'options',
      launcher: 'options',
    });
    expect(placeFrom({}, { ...options, rank: 0, worldSize: 1 })).toBeNull();
  });

  test('that are not given leave it to the environment', () => {
    const none = { rank: undefined, worldSize: undefined, master: undefined };
    expect(placeFrom(torchrun, none)).toEqual(placeFrom(torchrun));
  });

  test('may name an address of IPv6, in brackets', () => {
    const place = placeFrom({}, { ...options, master: '[fd00::1]:29500' })!;
    expect(place.master).toEqual({ host: 'fd00::1', port: 29500 });
    expect(describePlace(place, 'node07')).toContain('meeting at [fd00::1]:29500');
  });

  test('may repeat what a launcher says, and choose where the processes meet where that is left open', () => {
    expect(placeFrom(slurmStep, options)).toEqual({
      ...placeFrom(slurmStep),
      master: { host: 'node01', port: 29500 },
    });
    expect(placeFrom({ ...openMpi4, ...machines }, options)).toMatchObject({ launcher: 'openmpi' });
    expect(placeFrom(torchrun, { ...options, master: 'localhost:33133' })).toEqual(placeFrom(torchrun));
    expect(placeFrom(slurmInteractive, options)).toMatchObject({ launcher: 'options' });
  });

  test.each([
    [{ rank: 1 }, /^The options rank, worldSize and master belong together/],
    [{ rank: 1, worldSize: 2 }, /^The options rank, worldSize and master belong together/],
    [{ ...options, rank: 2 }, /^rank=2 and worldSize=2 contradict each other/],
    [{ ...options, rank: 0.5 }, /^rank=0.5 is wrong: it must be a whole number/],
    [{ ...options, rank: Number.NaN }, /^rank=NaN is wrong/],
    [{ ...options, worldSize: 0 }, /^worldSize=0 is wrong/],
    [
      { ...options, master: 'node01' },
      /^master=node01 is wrong: .* as in node01:29500 or \[fd00::1\]:29500\.$/,
    ],
    [{ ...options, master: 'fd00::1:29500' }, /^master=fd00::1:29500 is wrong/],
    [{ ...options, master: 'node01:99999' }, /^the port of master=99999 is wrong: .* from 1 to 65535/],
  ])('%j are refused', (given, said) => {
    expect(refusal({}, given)).toMatch(said);
  });

  test.each([
    [
      slurmStep,
      { ...options, rank: 0 },
      /^rank=0 and SLURM_PROCID=1 contradict each other\. Leave the options/,
    ],
    [slurmStep, { ...options, worldSize: 4 }, /^worldSize=4 and SLURM_STEP_NUM_TASKS=2 contradict/],
    [
      torchrun,
      options,
      /^master=node01:29500 contradicts MASTER_ADDR and MASTER_PORT, .* to localhost:33133\./,
    ],
    [{ MASTER_PORT: '29501' }, options, /^master=node01:29500 contradicts .* to node01:29501\./],
  ])('beside %j, %j are refused', (env, given, said) => {
    expect(refusal(env, given)).toMatch(said);
  });
});

test.each([
  [torchrun, 'Process 1 of 2 on node07 (torchrun, meeting at localhost:33133).'],
  [pytorchJob, 'Process 1 of 3 on node07 (RANK and WORLD_SIZE, meeting at digits-master-0:23456).'],
  [slurmStep, 'Process 1 of 2 on node07 (Slurm, meeting at vm:15003).'],
  [{ ...openMpi4, ...master }, 'Process 1 of 2 on node07 (Open MPI, meeting at node01:29500).'],
  [{ ...mpich, ...master }, 'Process 1 of 2 on node07 (PMI, meeting at node01:29500).'],
])('a place is told as a sentence (%#)', (env, said) => {
  expect(describePlace(placeFrom(env)!, 'node07')).toBe(said);
});
