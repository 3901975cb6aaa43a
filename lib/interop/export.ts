import { join } from 'node:path';
import { type Checkpoint, encodeGenerator } from '../checkpoint/checkpoint.js';
import { DcganError } from '../errors.js';
import { writeFileAtomically } from '../files/atomic.js';
import { makeParent } from '../files/directories.js';
import type { TensorState } from '../network/state.js';
import { exportedTensors, type Network } from '../network/tensors.js';
import type { ModelOptions } from '../options.js';
import { type ExportFormat, exportFiles } from './formats.js';
import { encodeKeras } from './keras_write.js';
import { encodeWeights } from './safetensors.js';

/** What an export is made of: a checkpoint, or the trainer's own. */
export interface ExportSource {
  readonly options: Pick<ModelOptions, 'dropout'>;
  /** Both networks' tensors; others are left out. */
  readonly state: TensorState;
}

/** Where the two networks are as HDF5 files of Keras. */
export interface KerasFiles {
  readonly generator: string;
  readonly discriminator: string;
}

/**
 * Writes `exportFiles[format]` into a directory, which is made when it is not there.
 * @returns their paths
 * @throws DcganError ERR_OUTPUT.
 */
export async function exportAs(
  format: ExportFormat,
  directory: string,
  source: Checkpoint,
): Promise<string[]> {
  const paths = exportFiles[format].map((name) => join(directory, name));
  const [first, second] = paths;
  if (format === 'safetensors') {
    await exportSafetensors(first!, source);
  } else if (format === 'generator') {
    await write(first!, await encodeGenerator(first!, source));
  } else {
    const exportOne = format === 'keras' ? exportKeras : exportOnnx;
    await exportOne('generator', first!, source);
    await exportOne('discriminator', second!, source);
  }
  return paths;
}

async function exportKeras(network: Network, path: string, { state, options }: ExportSource): Promise<void> {
  await write(path, [await encodeKeras(network, exportedTensors(state), options.dropout)]);
}

/** Writes one network as an ONNX file. @throws DcganError ERR_OUTPUT, ERR_OPTION for another network. */
export async function exportOnnx(network: Network, path: string, { state }: ExportSource): Promise<void> {
  if (network !== 'generator' && network !== 'discriminator') {
    const said = `Option 'network' is wrong: 'generator' or 'discriminator', not ${JSON.stringify(network)}.`;
    throw new DcganError('ERR_OPTION', said, { value: network });
  }
  // Its package takes a moment to load.
  const { encodeOnnx } = await import('./onnx.js');
  await write(path, [encodeOnnx(network, exportedTensors(state))]);
}

/** Writes the weights of both networks as one safetensors file. @throws DcganError ERR_OUTPUT. */
export async function exportSafetensors(path: string, { state, options }: ExportSource): Promise<void> {
  await write(path, encodeWeights(exportedTensors(state), options.dropout));
}

/** Writes a file whole or not at all, into directories that are made where they are not there. */
async function write(path: string, chunks: Iterable<Uint8Array>): Promise<void> {
  await makeParent(path);
  await writeFileAtomically(path, chunks);
}
