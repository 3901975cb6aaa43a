/** What launchers set, as it was printed by processes that they have started; variables that say nothing of others are left out. */

/** Of `torchrun --nproc-per-node 2`, libtorch 2.13: one machine, whose launcher keeps the store. */
export const torchrun = {
  GROUP_RANK: '0',
  GROUP_WORLD_SIZE: '1',
  LOCAL_RANK: '1',
  LOCAL_WORLD_SIZE: '2',
  MASTER_ADDR: 'localhost',
  MASTER_PORT: '33133',
  OMP_NUM_THREADS: '1',
  RANK: '1',
  ROLE_NAME: 'default',
  ROLE_RANK: '1',
  ROLE_WORLD_SIZE: '2',
  TORCHELASTIC_MAX_RESTARTS: '0',
  TORCHELASTIC_RESTART_COUNT: '0',
  TORCHELASTIC_RUN_ID: '412c9bbf-7eb8-4b06-9fec-81ddf9d25c00',
  TORCHELASTIC_USE_AGENT_STORE: 'True',
  WORLD_SIZE: '2',
};

/** Of the first worker of a PyTorchJob of Kubeflow's training operator 1.9, with one master and two workers. */
export const pytorchJob = {
  KUBERNETES_PORT: 'tcp://10.96.0.1:443',
  MASTER_ADDR: 'digits-master-0',
  MASTER_PORT: '23456',
  PET_MASTER_ADDR: 'digits-master-0',
  PET_MASTER_PORT: '23456',
  PET_NNODES: '3',
  PET_NODE_RANK: '1',
  PYTHONUNBUFFERED: '1',
  RANK: '1',
  WORLD_SIZE: '3',
};

/** Of a batch script of Slurm 22.05 that asks for two tasks, before it calls srun. */
export const slurmBatch = {
  SLURM_GTIDS: '0',
  SLURM_JOBID: '3',
  SLURM_JOB_ID: '3',
  SLURM_JOB_NAME: 'dcgan',
  SLURM_JOB_NODELIST: 'vm',
  SLURM_JOB_NUM_NODES: '1',
  SLURM_LOCALID: '0',
  SLURM_NNODES: '1',
  SLURM_NODEID: '0',
  SLURM_NODELIST: 'vm',
  SLURM_NPROCS: '2',
  SLURM_NTASKS: '2',
  SLURM_PROCID: '0',
  SLURM_TASKS_PER_NODE: '2',
};

/** Of the second task that srun starts from it. */
export const slurmStep = {
  ...slurmBatch,
  SLURM_DISTRIBUTION: 'block',
  SLURM_GTIDS: '0,1',
  SLURM_LAUNCH_NODE_IPADDR: '127.0.0.1',
  SLURM_LOCALID: '1',
  SLURM_PROCID: '1',
  SLURM_SRUN_COMM_HOST: '127.0.0.1',
  SLURM_SRUN_COMM_PORT: '37543',
  SLURM_STEPID: '0',
  SLURM_STEP_ID: '0',
  SLURM_STEP_LAUNCHER_PORT: '37543',
  SLURM_STEP_NODELIST: 'vm',
  SLURM_STEP_NUM_NODES: '1',
  SLURM_STEP_NUM_TASKS: '2',
  SLURM_STEP_TASKS_PER_NODE: '2',
};

/** Of the shell that salloc opens on a machine of the job (`LaunchParameters=use_interactive_step`), with eight tasks. */
export const slurmInteractive = {
  SLURM_GTIDS: '0',
  SLURM_JOB_ID: '1731344',
  SLURM_JOB_NAME: 'interactive',
  SLURM_JOB_NODELIST: 'GPU71E4',
  SLURM_LOCALID: '0',
  SLURM_NODEID: '0',
  SLURM_NTASKS: '8',
  SLURM_PROCID: '0',
  SLURM_PTY_PORT: '39933',
  SLURM_PTY_WIN_COL: '209',
  SLURM_PTY_WIN_ROW: '43',
  SLURM_STEPID: '4294967290',
  SLURM_STEP_ID: '4294967290',
  SLURM_STEP_NODELIST: 'GPU71E4',
  SLURM_STEP_NUM_NODES: '1',
  SLURM_STEP_NUM_TASKS: '1',
  SLURM_STEP_TASKS_PER_NODE: '1',
  SLURM_TASKS_PER_NODE: '8',
};

/** Of the second process of `mpirun -np 2`, Open MPI 4.1.4. */
export const openMpi4 = {
  OMPI_COMM_WORLD_LOCAL_RANK: '1',
  OMPI_COMM_WORLD_LOCAL_SIZE: '2',
  OMPI_COMM_WORLD_NODE_RANK: '1',
  OMPI_COMM_WORLD_RANK: '1',
  OMPI_COMM_WORLD_SIZE: '2',
  OMPI_MCA_ess_base_jobid: '1461256193',
  OMPI_MCA_ess_base_vpid: '1',
  OMPI_MCA_orte_hnp_uri: '1461256192.0;tcp://192.0.2.2:49959',
  OMPI_UNIVERSE_SIZE: '2',
  PMIX_NAMESPACE: '1461256193',
  PMIX_RANK: '1',
};

/** The same of Open MPI 5, as its source has it. */
export const openMpi5 = {
  OMPI_COMM_WORLD_LOCAL_RANK: '1',
  OMPI_COMM_WORLD_LOCAL_SIZE: '2',
  OMPI_COMM_WORLD_NODE_RANK: '1',
  OMPI_COMM_WORLD_RANK: '1',
  OMPI_COMM_WORLD_SIZE: '2',
  OMPI_MCA_num_procs: '2',
  OMPI_UNIVERSE_SIZE: '2',
  PMIX_NAMESPACE: 'prterun-vm-15335@1',
  PMIX_RANK: '1',
};

/** Of the second process of `mpiexec -n 2`, MPICH 4.0.2. */
export const mpich = {
  MPI_LOCALNRANKS: '2',
  MPI_LOCALRANKID: '1',
  MPIR_CVAR_CH3_INTERFACE_HOSTNAME: 'vm',
  PMI_FD: '8',
  PMI_RANK: '1',
  PMI_SIZE: '2',
};
