export type { ImageBatch, ImageInput } from './arrays.js';
export { type ImageSource, type Images, idx, mnist } from './data/images.js';
export { DcganError, type ErrorCode, errorCodes } from './errors.js';
export type {
  CheckpointEvent,
  EndEvent,
  EpochEvent,
  SampleEvent,
  StartEvent,
  StepEvent,
  TrainEvent,
  TrainSummary,
} from './events.js';
export type { FitRun } from './fit_run.js';
export type { GenerateOptions } from './generate.js';
export { Generator } from './generator.js';
export type { FitOptions, ModelOptions } from './options.js';
export { GanTrainer, type LoadOptions, type TrainerOptions, type Weights } from './trainer.js';
export { version } from './version.js';
