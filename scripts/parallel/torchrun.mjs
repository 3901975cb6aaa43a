/** What torchrun is told to start a program, which follows, in as many processes of this machine. */
export const torchrunArguments = (processes) => [
  '--no-python',
  '--standalone',
  '--nproc-per-node',
  String(processes),
];
