import type { Checkpoint, EpochOrigin } from '../checkpoint/checkpoint.js';
import type { ImageSource } from '../data/images.js';
import { loadSource } from '../data/source.js';
import { DcganError } from '../errors.js';
import { EpochCount } from './epoch_count.js';

/** What a checkpoint says of the data. */
export type DataSummary = NonNullable<Checkpoint['data']>;

/** Images to train on, and how their epochs are counted. */
export interface TrainingData {
  readonly summary: DataSummary;
  /** [count, 28, 28], 0 … 255. */
  readonly pixels: Uint8Array;
  readonly epochs: EpochCount;
}

/** The model that is to be trained. */
export interface TrainedModel {
  readonly batchSize: number;
  readonly step: number;
  /** What it goes on from; null for a fresh one. */
  readonly restored: Checkpoint | null;
  readonly allowMismatch: boolean;
}

/**
 * Loads what a model is to be trained on.
 * @throws DcganError ERR_DATA_…: ERR_DATA_TOO_FEW for less than a batch, ERR_DATA_MISMATCH when the checkpoint
 * was trained on others and that is not allowed.
 */
export async function loadTrainingData(source: ImageSource, model: TrainedModel): Promise<TrainingData> {
  const { name, count, pixels, sha256 } = await loadSource(source);
  const { batchSize, restored, allowMismatch } = model;
  if (count < batchSize) {
    const said = `${name} holds ${count} images, fewer than one batch of ${batchSize}. Use a smaller batchSize.`;
    throw new DcganError('ERR_DATA_TOO_FEW', said, { value: count });
  }
  const trained = restored?.data;
  if (trained && trained.sha256 !== sha256 && !allowMismatch) {
    const said = `The checkpoint was trained on other images (${trained.name}) than ${name}. Name the same data, or allow it with allowMismatch: true.`;
    throw new DcganError('ERR_DATA_MISMATCH', said, { value: name });
  }
  const epochs = new EpochCount(Math.floor(count / batchSize), epochOrigin(sha256, model));
  return { summary: { name, sha256, count }, pixels, epochs };
}

/** Other data than those of the checkpoint, or batches of another size, begin a new epoch. */
function epochOrigin(sha256: string, { batchSize, step, restored }: TrainedModel): EpochOrigin {
  const { data, options, epochOrigin: origin = { step: 0, epoch: 0 } } = restored ?? {};
  if (!data || (data.sha256 === sha256 && options?.batchSize === batchSize)) return origin;
  const before = new EpochCount(Math.floor(data.count / options!.batchSize), origin);
  return { step, epoch: before.of(step) };
}
