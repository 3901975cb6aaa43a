import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DcganError } from '../errors.js';
import { outputError } from '../files/output_error.js';
import { wrongTensor } from '../network/state.js';
import { drawingTensors } from '../network/tensors.js';
import {
  type Checkpoint,
  type CheckpointInput,
  encodeCheckpointFile,
  inputName,
  readCheckpointFile,
  writeCheckpointFile,
} from './file.js';
import { rounded } from './half.js';

export {
  type Checkpoint,
  type CheckpointInput,
  type EpochOrigin,
  inputName,
  isCheckpointInput,
} from './file.js';

/**
 * Writes a checkpoint, whole or not at all, while the event loop keeps turning. The state must not change until the
 * promise resolves.
 * @throws DcganError ERR_OUTPUT when it cannot be written, ERR_CHECKPOINT_FORMAT or ERR_CHECKPOINT_MISMATCH when what is
 * to be written could not be read again; a file that was there is then as it was.
 */
export async function writeCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  checkTensors(path, checkpoint);
  await writeCheckpointFile(path, checkpoint);
}

/** Significant bits of the weights of what only draws. Even with 4 its FID is the same to three digits. */
const drawingBits = 6;

/**
 * The bytes of a checkpoint that only draws: of its generator alone, in half precision, its matrices rounded further so that
 * the file packs well.
 * @throws DcganError ERR_CHECKPOINT_FORMAT, ERR_CHECKPOINT_MISMATCH.
 */
export async function encodeGenerator(name: string, checkpoint: Checkpoint): Promise<Uint8Array[]> {
  const tensors = Object.entries(drawingTensors(checkpoint.state)).map(([name, { data, shape }]) => {
    return [name, { data: shape.length > 1 ? rounded(data, drawingBits) : data, shape }] as const;
  });
  const alone = { ...checkpoint, state: Object.fromEntries(tensors) };
  checkTensors(name, alone);
  return encodeCheckpointFile(name, alone, 'F16');
}

/** The bytes of that file. @throws DcganError ERR_CHECKPOINT_FORMAT, ERR_CHECKPOINT_MISMATCH. */
export async function encodeCheckpoint(checkpoint: Checkpoint): Promise<Buffer> {
  return Buffer.concat(await encoded('<buffer>', checkpoint));
}

/**
 * Writes the bytes of that file into a stream, and ends it.
 * @throws DcganError ERR_OUTPUT when it fails or is closed, ERR_CHECKPOINT_FORMAT, ERR_CHECKPOINT_MISMATCH.
 */
export async function streamCheckpoint(to: NodeJS.WritableStream, checkpoint: Checkpoint): Promise<void> {
  const chunks = await encoded('<stream>', checkpoint);
  await pipeline(Readable.from(chunks), to).catch((error: unknown) => {
    throw outputError('<stream>', error);
  });
}

function encoded(name: string, checkpoint: Checkpoint): Promise<Uint8Array[]> {
  checkTensors(name, checkpoint);
  return encodeCheckpointFile(name, checkpoint);
}

/**
 * Reads a checkpoint and proves it whole: as it was written, and with every tensor of a model or of a generator alone.
 * @throws DcganError ERR_CHECKPOINT_NOT_FOUND when there is no such file, ERR_CHECKPOINT_FORMAT when it is not a
 * checkpoint that this version can read, ERR_CHECKPOINT_DIGEST when its bytes changed after it was written,
 * ERR_CHECKPOINT_MISMATCH when a tensor is missing, surplus or of another shape, ERR_CHECKPOINT_READ when it cannot be
 * read, which says nothing about what is in it.
 */
export async function readCheckpoint(input: CheckpointInput): Promise<Checkpoint> {
  const checkpoint = await readCheckpointFile(input);
  checkTensors(inputName(input), checkpoint);
  return checkpoint;
}

function checkTensors(path: string, { state, options }: Checkpoint): void {
  const wrong = wrongTensor(state, options);
  if (wrong === null) return;
  const said = `${path} does not hold a model of this package: ${wrong}. Take another checkpoint.`;
  throw new DcganError('ERR_CHECKPOINT_MISMATCH', said, { value: path });
}
