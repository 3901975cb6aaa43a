import { DcganError } from '../errors.js';
import { wrongTensor } from '../network/state.js';
import { type Checkpoint, readCheckpointFile, writeCheckpointFile } from './file.js';

export type { Checkpoint, EpochOrigin } from './file.js';

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

/**
 * Reads a checkpoint and proves it whole: as it was written, and with every tensor of a model or of a generator alone.
 * @throws DcganError ERR_CHECKPOINT_NOT_FOUND when there is no such file, ERR_CHECKPOINT_FORMAT when it is not a
 * checkpoint that this version can read, ERR_CHECKPOINT_DIGEST when its bytes changed after it was written,
 * ERR_CHECKPOINT_MISMATCH when a tensor is missing, surplus or of another shape, ERR_CHECKPOINT_READ when it cannot be
 * read, which says nothing about what is in it.
 */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  const checkpoint = await readCheckpointFile(path);
  checkTensors(path, checkpoint);
  return checkpoint;
}

function checkTensors(path: string, { state, options }: Checkpoint): void {
  const wrong = wrongTensor(state, options.latentSize);
  if (wrong === null) return;
  const said = `${path} does not hold a model of this package: ${wrong}. Take another checkpoint.`;
  throw new DcganError('ERR_CHECKPOINT_MISMATCH', said, { value: path });
}
