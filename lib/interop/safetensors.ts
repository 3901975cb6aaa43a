import { decodeSafetensors, encodeSafetensors } from '../checkpoint/safetensors.js';
import { DcganError } from '../errors.js';
import { kindOf } from '../files/kind.js';
import { optionsOfWeights } from '../network/shapes.js';
import { networkTensors, type TensorState } from '../network/state.js';
import { version } from '../version.js';
import { importFormat, importMismatch } from './errors.js';
import { readForeignFile } from './file.js';

/** What a weights file says besides its tensors, where it was this package that wrote it. */
const dropoutKey = 'dropout';

// PyTorch counts batches in its batch normalisations, in a tensor of one integer each that decides nothing here.
const isCounter = (name: string) => name.endsWith('.num_batches_tracked');

/**
 * Encodes both networks as one safetensors file, under the names and in the layouts of PyTorch's `state_dict`: they are
 * those of `weights`.
 * @param dropout rate of the discriminator's dropout layers, which PyTorch does not keep with the weights
 */
export function encodeWeights(weights: TensorState, dropout: number): Uint8Array[] {
  const metadata = {
    format: 'pt',
    created_by: `dcgan-native ${version}`,
    [dropoutKey]: String(dropout),
  };
  return encodeSafetensors(weights, metadata);
}

/**
 * Reads both networks from a safetensors file that `encodeWeights`, or PyTorch with the same module, wrote.
 * @returns the tensors, and the dropout rate where the file tells it
 * @throws DcganError ERR_IMPORT_FORMAT when it is not such a file, ERR_IMPORT_MISMATCH when its tensors are others.
 */
export async function readSafetensors(path: string): Promise<{ weights: TensorState; dropout?: number }> {
  const { state: tensors, metadata } = await decodeFile(path);
  if (metadata.format === 'dcgan-native') {
    throw importFormat(path, 'it is a checkpoint already: use it as it is');
  }
  const expected = networkTensors(optionsOfWeights(tensors));
  for (const [name, shape] of expected) {
    const found = tensors[name]?.shape;
    if (String(found) !== String(shape))
      throw importMismatch(path, `the shape of tensor '${name}'`, found, shape);
  }
  const other = Object.keys(tensors).find((name) => !expected.has(name));
  if (other !== undefined) {
    throw importMismatch(path, `the shape of tensor '${other}'`, tensors[other]!.shape, undefined);
  }
  const dropout = Number(metadata[dropoutKey]);
  return { weights: tensors, ...(dropout >= 0 && dropout < 1 ? { dropout } : {}) };
}

async function decodeFile(path: string) {
  const bytes = await readForeignFile(path);
  try {
    return decodeSafetensors(bytes, isCounter);
  } catch (error) {
    const kind = kindOf(bytes);
    if (kind) throw importFormat(path, `it is ${kind.words}, and no safetensors file`, error);
    if (error instanceof DcganError) throw importFormat(path, error.message, error.cause);
    throw error;
  }
}
