export type { ImageBatch, ImageInput } from './arrays.js';
export { type ImageSource, type Images, idx, mnist } from './data/images.js';
export { DcganError, type ErrorCode, errorCodes } from './errors.js';
export type {
  CheckpointEvent,
  EndEvent,
  EpochEvent,
  NoticeEvent,
  SampleEvent,
  StartEvent,
  StepEvent,
  TrainEvent,
  TrainSummary,
} from './events.js';
export type { FitRun } from './fit_run.js';
export type { GenerateOptions } from './generate.js';
export { Generator, type PictureOptions } from './generator.js';
export type { TileOptions } from './image/grid.js';
export type { KerasFiles } from './interop/export.js';
export type { FitOptions, ModelOptions } from './options.js';
export {
  GanTrainer,
  type ImportOptions,
  type LoadOptions,
  type TrainerOptions,
  type Weights,
} from './trainer.js';
export { version } from './version.js';
