import type { Checkpoint, EpochOrigin } from '../checkpoint/checkpoint.js';
import type { BytesInFile } from '../data/idx.js';
import type { ImageSource } from '../data/images.js';
import { pixelMemory } from '../data/memory.js';
import { type LoadedImages, loadSource } from '../data/source.js';
import { DcganError } from '../errors.js';
import { labelsOf } from '../network/arrays.js';
import { type ModelOptions, mostClasses, resolveOptions } from '../options.js';
import { EpochCount } from './epoch_count.js';
import type { OpenOptions } from './model.js';

/** What a checkpoint says of the data. */
export type DataSummary = NonNullable<Checkpoint['data']>;

/** Images to train on, and how their epochs are counted. */
export interface TrainingData {
  readonly summary: DataSummary;
  /** [count, imageSize, imageSize, channels], 0 … 255, or where they are. */
  readonly pixels: Uint8Array | BytesInFile;
  /** The class of each, for a model with classes. */
  readonly labels: Int32Array | null;
  readonly epochs: EpochCount;
  /** Those of the model, with what was left to the data. */
  readonly options: ModelOptions;
  /** What the user should know of the images. */
  readonly notices: readonly string[];
}

/** The model that is to be trained. */
export interface TrainedModel {
  readonly options: ModelOptions;
  /** What the data decide; null for networks that are there. */
  readonly left: OpenOptions | null;
  readonly step: number;
  /** What it goes on from; null for a fresh one. */
  readonly restored: Checkpoint | null;
  readonly allowMismatch: boolean;
  /** Told how many of how many images are read. */
  readonly onProgress: (done: number, of: number) => void;
}

/**
 * Loads what a model is to be trained on.
 * @throws DcganError ERR_DATA_…: ERR_DATA_TOO_FEW for less than a batch, ERR_DATA_MISMATCH when the checkpoint
 * was trained on others and that is not allowed, ERR_DATA_SHAPE when the networks take others; ERR_LABELS.
 */
export async function loadTrainingData(source: ImageSource, model: TrainedModel): Promise<TrainingData> {
  const { left } = model;
  const images = await loadSource(source, {
    ...(!left?.imageSize && { imageSize: model.options.imageSize }),
    ...(!left?.channels && { channels: model.options.channels }),
    mostInMemory: pixelMemory(),
    onProgress: model.onProgress,
  });
  const { name, count, inFile, sha256 } = images;
  const { restored, allowMismatch } = model;
  const { batchSize } = model.options;
  if (count < batchSize) {
    const said = `${name} holds ${count} images, fewer than one batch of ${batchSize}. Use a smaller batchSize.`;
    throw new DcganError('ERR_DATA_TOO_FEW', said, { value: count });
  }
  const trained = restored?.data;
  if (trained && trained.sha256 !== sha256 && !allowMismatch) {
    const said = `The checkpoint was trained on other images (${trained.name}) than ${name}. Name the same data, or allow it with allowMismatch: true.`;
    throw new DcganError('ERR_DATA_MISMATCH', said, { value: name });
  }
  const sized = fitted(images, model);
  const { options, labels, classNames } = await labelled(images, sized, model.left);
  const epochs = new EpochCount(Math.floor(count / batchSize), epochOrigin(sha256, model));
  const summary = { name, sha256, count, ...(classNames && { classNames }) };
  const notices = [...(images.notices ?? [])];
  if (inFile) {
    const said = `The images of ${inFile.path}, ${inFile.bytes} bytes, stay in the file while they are trained on: leave it as it is.`;
    notices.push(said);
  }
  return { summary, pixels: inFile ?? images.pixels, labels, epochs, options, notices };
}

/** The options with the size of the images, where that was left to them. @throws DcganError ERR_DATA_SHAPE. */
function fitted({ name, imageSize, channels }: LoadedImages, { options, left }: TrainedModel): ModelOptions {
  const sized = {
    imageSize: left?.imageSize ? imageSize : options.imageSize,
    channels: left?.channels ? channels : options.channels,
  };
  if (sized.imageSize === imageSize && sized.channels === channels)
    return resolveOptions({ ...options, ...sized });
  const shape = (size: number, of: number) => `${size}×${size} images${of === 1 ? '' : ` of ${of} channels`}`;
  const said = `${name} holds ${shape(imageSize, channels)}, and the networks take ${shape(sized.imageSize, sized.channels)}. Name such images, or leave imageSize and channels to the data of a new model.`;
  throw new DcganError('ERR_DATA_SHAPE', said, { value: [imageSize, imageSize, channels] });
}

/** The same with the classes, and the class of each image. @throws DcganError ERR_LABELS, ERR_DATA_…. */
async function labelled(
  { name, count, labels: read, classNames }: LoadedImages,
  options: ModelOptions,
  left: OpenOptions | null,
) {
  if (!options.conditional) return { options, labels: null };
  const given = (await read?.()) ?? null;
  if (given === null) {
    const said = `${name} has no labels, which conditional: true needs. Name images with labels, or leave conditional out.`;
    throw new DcganError('ERR_LABELS', said, { value: name });
  }
  const found = classNames?.length ?? largestOf(given) + 1;
  const classes = left?.classes || options.classes === 0 ? found : options.classes;
  if (classes > mostClasses || found > classes) {
    const said = `${name} has labels of ${found} classes, more than ${Math.min(classes, mostClasses)}. Name images with fewer.`;
    throw new DcganError('ERR_LABELS', said, { value: found });
  }
  return {
    options: resolveOptions({ ...options, classes }),
    labels: labelsOf(given, count, classes),
    classNames,
  };
}

function largestOf(labels: Uint8Array | Uint16Array): number {
  let largest = 0;
  for (const label of labels) largest = Math.max(largest, label);
  return largest;
}

/** Other data than those of the checkpoint, or batches of another size, begin a new epoch. */
function epochOrigin(sha256: string, { options, step, restored }: TrainedModel): EpochOrigin {
  const { data, epochOrigin: origin = { step: 0, epoch: 0 } } = restored ?? {};
  const before = restored?.options.batchSize;
  if (!data || (data.sha256 === sha256 && before === options.batchSize)) return origin;
  const epochs = new EpochCount(Math.floor(data.count / before!), origin);
  return { step, epoch: epochs.of(step) };
}
