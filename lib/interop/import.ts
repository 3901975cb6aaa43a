import type { Checkpoint } from '../checkpoint/checkpoint.js';
import type { TensorState } from '../network/state.js';
import { trainedTensors } from '../network/tensors.js';
import { type ModelOptions, resolveOptions } from '../options.js';
import { version } from '../version.js';
import type { KerasFiles } from './export.js';
import { readDiscriminator, readGenerator } from './keras_read.js';
import { readSafetensors } from './safetensors.js';

/** What no file tells. */
type ImportOptions = Pick<Partial<ModelOptions>, 'seed'>;

/**
 * Reads both networks from the files of Keras.
 * @returns a checkpoint of step 0 whose optimisers are fresh, and which belongs to no data
 * @throws DcganError ERR_IMPORT_FORMAT, ERR_IMPORT_MISMATCH; ERR_OPTION.
 */
export async function importKeras(
  { generator, discriminator }: KerasFiles,
  options: ImportOptions = {},
): Promise<Checkpoint> {
  // Both at once, as each takes a moment to load the library; of two errors the first file's is told.
  const second = readDiscriminator(discriminator);
  second.catch(() => undefined);
  const generatorWeights = await readGenerator(generator);
  const { weights, dropout } = await second;
  return freshCheckpoint({ ...generatorWeights, ...weights }, { dropout, ...options });
}

/**
 * Reads both networks from one safetensors file.
 * @returns a checkpoint of step 0 whose optimisers are fresh, and which belongs to no data
 * @throws DcganError ERR_IMPORT_FORMAT, ERR_IMPORT_MISMATCH; ERR_OPTION.
 */
export async function importSafetensors(path: string, options: ImportOptions = {}): Promise<Checkpoint> {
  const { weights, ...told } = await readSafetensors(path);
  return freshCheckpoint(weights, { ...told, ...options });
}

function freshCheckpoint(weights: TensorState, options: Partial<ModelOptions>): Checkpoint {
  const latentSize = weights['generator.dense.weight']!.shape[1]!;
  return {
    options: resolveOptions({ ...options, latentSize }),
    step: 0,
    data: null,
    state: { ...weights, ...freshMoments(weights) },
    createdBy: `dcgan-native ${version}`,
  };
}

/** Adam's moments before its first step. */
function freshMoments(weights: TensorState): TensorState {
  const moments = Object.entries(trainedTensors(weights)).flatMap(([name, { data, shape }]) =>
    ['adam.m.', 'adam.v.'].map((prefix) => {
      return [prefix + name, { data: new Float32Array(data.length), shape }] as const;
    }),
  );
  return Object.fromEntries(moments);
}
