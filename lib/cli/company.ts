import { type Command, Option } from 'commander';
import type { TrainerOptions } from '../training/trainer_types.js';
import { numeric, text } from './options.js';

/** What was typed of the processes that train together. */
export interface CompanyFlags {
  readonly rank?: number;
  readonly worldSize?: number;
  readonly master?: string;
  readonly parallelTimeout?: number;
  readonly batchSizePerProcess?: number;
  readonly alone?: boolean;
}

/** Adds `--rank` and the others. */
export function addCompanyFlags(command: Command): void {
  command
    .addOption(
      numeric(
        '--rank <n>',
        'the number of this process, from 0, which writes the run (default: as torchrun, Slurm, MPI or a PyTorchJob say)',
      ),
    )
    .addOption(numeric('--world-size <n>', 'how many processes there are'))
    .addOption(text('--master <host:port>', 'where they meet: that of process 0'))
    .addOption(
      numeric('--batch-size-per-process <n>', 'images that each takes of a batch').conflicts('batchSize'),
    )
    .addOption(numeric('--parallel-timeout <s>', 'seconds that they wait for each other (default: 300)'))
    .addOption(
      new Option('--alone', 'train alone, whatever has started this process').conflicts([
        'rank',
        'worldSize',
        'master',
      ]),
    );
}

/** The options of a trainer that they stand for: absent where nothing is said. */
export function companyOptions({
  alone,
  rank,
  worldSize,
  master,
  parallelTimeout,
  batchSizePerProcess,
}: CompanyFlags): Pick<TrainerOptions, 'parallel' | 'parallelTimeout' | 'batchSizePerProcess'> {
  const isGiven = rank !== undefined && worldSize !== undefined && master !== undefined;
  return {
    ...(batchSizePerProcess !== undefined && { batchSizePerProcess }),
    ...(parallelTimeout !== undefined && { parallelTimeout }),
    ...(!alone && { parallel: isGiven ? { rank, worldSize, master } : 'auto' }),
  };
}
