export type { Checkpoint, CheckpointInput, EpochOrigin } from './checkpoint/checkpoint.js';
export { createDashboard, type Dashboard, type DashboardOptions } from './dashboard/dashboard.js';
export { type ImageArrays, images } from './data/arrays.js';
export type { PictureFolderOptions } from './data/folder_name.js';
export type { BytesInFile } from './data/idx.js';
export { type ImageSource, type Images, idx, mnist, pictures, type WantedImages } from './data/images.js';
export { DcganError, type ErrorCode, errorCodes } from './errors.js';
export { type EvaluateOptions, evaluateImages } from './evaluation/evaluate.js';
export type { EvaluationProgress } from './evaluation/evaluator.js';
export type { FeaturesName } from './evaluation/features.js';
export type { EvaluationReport, Figure, FigureName, Figures } from './evaluation/report.js';
export { filmImages, type ImageFilmOptions } from './film/film_images.js';
export { type FilmOptions, filmRun } from './film/film_run.js';
export type { FilmFormat } from './film/formats.js';
export type { GenerateOptions } from './generation/draw.js';
export { Generator, type GeneratorOptions, type PictureOptions } from './generation/generator.js';
export type { TileOptions } from './image/grid.js';
export type { KerasFiles } from './interop/export.js';
export type { Blend } from './latent/blend.js';
export type { DirectionReport } from './latent/direction_report.js';
export type { Direction, Directions, DirectionsOptions } from './latent/directions.js';
export { readDirections, writeDirections } from './latent/directions_file.js';
export type { EditOptions } from './latent/edit.js';
export type { EncoderProgress, EncoderTrainingOptions } from './latent/encoder.js';
export type { GivenLatents } from './latent/given.js';
export type { Inpainting, InpaintOptions } from './latent/inpaint.js';
export type { InterpolateOptions } from './latent/interpolation.js';
export type { InversionOptions, LikenessOptions } from './latent/inversion_options.js';
export { readLatents, type SavedLatents, writeLatents } from './latent/latents_file.js';
export type { Projection, ProjectOptions } from './latent/project.js';
export type { Restoration, RestoreOptions } from './latent/restore.js';
export type { LatentProgress, SearchHelpers } from './latent/search.js';
export type { WalkOptions } from './latent/walk.js';
export type { ImageBatch, ImageInput, LabelInput, SoftLabelInput } from './network/arrays.js';
export type { Tensor, TensorState } from './network/state.js';
export type { Network } from './network/tensors.js';
export type { ModelOptions } from './options.js';
export { type PlotOptions, plotRuns } from './plot/plot.js';
export { type Preset, type PresetName, presets } from './presets.js';
export type { LoadedCheckpoint } from './run/checkpoints.js';
export { type OpenedRun, openRun } from './run/run.js';
export type {
  CheckpointAt,
  Curves,
  EvaluatedAt,
  FidAt,
  Happening,
  Place,
  RunDetails,
  RunState,
  RunSummary,
  SampleAt,
} from './run/run_view.js';
export { openRuns, type Runs, type RunsChange } from './run/runs.js';
export type { Session, SessionRecord, SessionTask } from './run/sessions.js';
export type { BatchOptions, DiscriminateOptions } from './training/batch_options.js';
export type {
  CheckpointEvent,
  DataEvent,
  EndEvent,
  EpochEvent,
  EvaluationEvent,
  NoticeEvent,
  RollbackEvent,
  SampleEvent,
  StartEvent,
  StepEvent,
  TrainEvent,
  TrainSummary,
  WatchdogEvent,
} from './training/events.js';
export type { FitOptions } from './training/fit_options.js';
export type { FitRun } from './training/fit_run.js';
export { GanTrainer } from './training/trainer.js';
export type {
  ImportOptions,
  LearningRates,
  LoadOptions,
  Losses,
  ParallelOptions,
  TrainerOptions,
  Weights,
} from './training/trainer_types.js';
export type { Alarm, AlarmKind } from './training/watchdog.js';
export { version } from './version.js';
