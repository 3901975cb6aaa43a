import type { ImageSource } from '../data/images.js';
import type { Tensor } from '../network/state.js';
import type { ModelOptions } from '../options.js';
import type { PresetName } from '../presets.js';

/** How a process finds those that it trains with. */
export interface ParallelOptions {
  /** The number of this process, from 0; that of rank 0 writes the run. */
  readonly rank: number;
  /** How many processes there are. */
  readonly worldSize: number;
  /** Where they meet: `host:port` of the process of rank 0. */
  readonly master: string;
}

/** Options of a `GanTrainer`: those of the model, and what it trains on. */
export interface TrainerOptions extends Partial<ModelOptions> {
  /**
   * Train together with other processes: `auto` as torchrun, Slurm, MPI or a PyTorchJob has started this one, alone where none of them
   * has; or where to find them. Default: alone.
   */
  readonly parallel?: 'auto' | ParallelOptions;
  /** Seconds that a process waits for the others. Default 300. */
  readonly parallelTimeout?: number;
  /** Images that each process takes of a batch, in place of `batchSize`. */
  readonly batchSizePerProcess?: number;
  /** An IDX file, a directory that holds one, or a source. Default: MNIST. */
  readonly data?: string | ImageSource;
  /** A named set of options, over which those that are given win: `article` (the default), `fast` or `best`; see `presets`. */
  readonly preset?: PresetName;
}

/** Options of `load` and `resume`: whatever is named replaces what the checkpoint says. */
export interface LoadOptions extends Omit<TrainerOptions, 'preset'> {
  /** Go on although the data are not those of the checkpoint. Default false. */
  readonly allowMismatch?: boolean;
}

/** Options of `importKeras` and `importSafetensors`: all but what the files tell by their shapes. */
export type ImportOptions = Omit<
  TrainerOptions,
  'preset' | 'latentSize' | 'imageSize' | 'channels' | 'features' | 'classes'
>;

// Interfaces rather than other names of inner types: a program that emits declarations must be able to name what it infers.

/** Tensors by name. */
export interface Weights {
  [name: string]: Tensor;
}

/** What both losses of a step were. */
export interface Losses {
  readonly generatorLoss: number;
  /** Without penalties. */
  readonly discriminatorLoss: number;
  /** The sum of all penalties; 0 where there are none. */
  readonly penalty: number;
}

/** Adam's learning rates. */
export interface LearningRates {
  readonly generator: number;
  readonly discriminator: number;
}
