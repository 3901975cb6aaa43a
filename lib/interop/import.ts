import type { Checkpoint } from '../checkpoint/checkpoint.js';
import { DcganError, systemCode } from '../errors.js';
import { discriminatorLayers, sizeOf } from '../network/layers.js';
import { optionsOfWeights } from '../network/shapes.js';
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
  const { weights, dropout } = await readNetworks(generator, discriminator).catch(async (error: unknown) => {
    throw (await areSwapped(generator, discriminator, error)) ? swapped(generator, discriminator) : error;
  });
  return freshCheckpoint(weights, { dropout, ...options });
}

/** Both at once, as each takes a moment to load the library; of two errors the first file's is told. */
async function readNetworks(generator: string, discriminator: string) {
  const both = [readGenerator(generator), readDiscriminator(discriminator)] as const;
  // Also when one fails, nothing is left that still reads.
  await Promise.allSettled(both);
  const first = await both[0];
  const { weights, dropout } = await both[1];
  return { weights: { ...first, ...weights }, dropout };
}

/** Whether each of two files holds what the other should. */
async function areSwapped(generator: string, discriminator: string, error: unknown): Promise<boolean> {
  if (systemCode(error) !== 'ERR_IMPORT_MISMATCH') return false;
  return readNetworks(discriminator, generator).then(
    () => true,
    () => false,
  );
}

function swapped(generator: string, discriminator: string): DcganError {
  const said = `The two files are swapped: ${generator} holds the discriminator, and ${discriminator} the generator. Name the generator first.`;
  return new DcganError('ERR_IMPORT_MISMATCH', said, { value: generator });
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
  const { spectralNorm: _, ...sizes } = optionsOfWeights(weights);
  const resolved = resolveOptions({ ...options, ...sizes, conditional: sizes.classes > 0 });
  const isNormalised = resolved.spectralNorm;
  return {
    options: resolved,
    step: 0,
    data: null,
    state: { ...weights, ...freshMoments(weights), ...(isNormalised && freshVectors(resolved)) },
    createdBy: `dcgan-native ${version}`,
  };
}

/** Singular vectors before the first step. */
function freshVectors(options: ModelOptions): TensorState {
  const vectors = discriminatorLayers(options)
    .flatMap(({ statistics }) => [...statistics])
    .map(([name, shape]) => [name, { data: new Float32Array(sizeOf(shape)).fill(1), shape }] as const);
  return Object.fromEntries(vectors);
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
