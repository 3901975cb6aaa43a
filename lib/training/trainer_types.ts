import type { ImageSource } from '../data/images.js';
import type { Tensor } from '../network/state.js';
import type { ModelOptions } from '../options.js';
import type { PresetName } from '../presets.js';

/** Options of a `GanTrainer`: those of the model, and what it trains on. */
export interface TrainerOptions extends Partial<ModelOptions> {
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
