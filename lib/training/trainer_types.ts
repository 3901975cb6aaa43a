import type { ImageSource } from '../data/images.js';
import type { NativeLosses } from '../native/bindings.js';
import type { TensorState } from '../network/state.js';
import type { ModelOptions } from '../options.js';

/** Options of a `GanTrainer`: those of the model, and what it trains on. */
export interface TrainerOptions extends Partial<ModelOptions> {
  /** An IDX file, a directory that holds one, or a source. Default: MNIST. */
  readonly data?: string | ImageSource;
}

/** Options of `load` and `resume`: whatever is named replaces what the checkpoint says. */
export interface LoadOptions extends TrainerOptions {
  /** Go on although the data are not those of the checkpoint. Default false. */
  readonly allowMismatch?: boolean;
}

/** Options of `importKeras` and `importSafetensors`: all but what the files tell by their shapes. */
export type ImportOptions = Omit<TrainerOptions, 'latentSize'>;

/** Tensors by name. */
export type Weights = TensorState;

/** What both losses of a step were. */
export type Losses = NativeLosses;
