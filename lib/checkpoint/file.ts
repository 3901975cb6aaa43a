import { createHash, type Hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import * as v from 'valibot';
import { DcganError, type ErrorCode, systemCode } from '../errors.js';
import { writeFileAtomically } from '../files/atomic.js';
import { type ByteSource, fileSource, memorySource } from '../files/byte_source.js';
import { type FileKind, type KindId, kindBytes, kindOf } from '../files/kind.js';
import { isMissing } from '../files/missing.js';
import { openRegular } from '../files/regular.js';
import type { TensorState } from '../network/state.js';
import { type ModelOptions, resolveOptions } from '../options.js';
import {
  decodeHeader,
  decodeLength,
  encodeBody,
  encodeHeader,
  encodeLength,
  lengthBytes,
  malformed,
  type NumberType,
  type SafetensorsHeader,
  viewTensors,
} from './safetensors.js';

/**
 * From where the epochs of some data are counted. An epoch is one pass over the data, so that other data, or batches of
 * another size, begin a new one wherever the last one was left.
 */
export interface EpochOrigin {
  /** The model's step at which they begin. */
  readonly step: number;
  /** Epochs before that one. */
  readonly epoch: number;
}

/** Everything that training needs to go on as if it had never stopped. */
export interface Checkpoint {
  readonly options: ModelOptions;
  /** Steps taken. */
  readonly step: number;
  /** What it was trained on, with the SHA-256 of the pixels in hexadecimal; null when that was the caller's own. */
  readonly data: {
    readonly name: string;
    readonly sha256: string;
    readonly count: number;
    /** What the classes are called, of labelled images. */
    readonly classNames?: readonly string[];
  } | null;
  /**
   * What its trainer was to train on, also where no step on it was taken yet; `isOwn` for a program's own images, which the
   * name does not lead to. Left out by earlier versions.
   */
  readonly source?: { readonly name: string; readonly isOwn: boolean };
  /** Where the epochs of these data began to count; both 0 unless data or batch size were changed on the way. */
  readonly epochOrigin?: EpochOrigin;
  /** Every tensor of both networks and both optimisers, or of a generator alone. */
  readonly state: TensorState;
  /** The versions that wrote it, for people to read. */
  readonly createdBy?: string;
}

const format = 'dcgan-native';
const formatVersion = 1;
const noDigest = '0'.repeat(64);
const notAFile = 'it is a device, not a file';

// Hashing a piece takes well under a millisecond; between two of them the event loop turns.
const pieceBytes = 256 * 1024;

const digestSchema = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits'));
const countSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const metadataSchema = v.object({
  step: v.pipe(v.string(), v.regex(/^\d{1,16}$/), v.transform(Number), countSchema),
  // Without its seed a model would get another at each reading; other options that are missing have their defaults.
  options: v.pipe(v.string(), v.parseJson(), v.looseObject({ seed: v.number() })),
  data: v.pipe(
    v.string(),
    v.parseJson(),
    v.nullable(
      v.strictObject({
        name: v.string(),
        sha256: digestSchema,
        count: countSchema,
        classNames: v.optional(v.array(v.string())),
      }),
    ),
  ),
  source: v.optional(
    v.pipe(v.string(), v.parseJson(), v.strictObject({ name: v.string(), isOwn: v.boolean() })),
  ),
  // Left out by earlier versions, and where both are 0.
  epoch_origin: v.optional(
    v.pipe(v.string(), v.parseJson(), v.strictObject({ step: countSchema, epoch: countSchema })),
  ),
  created_by: v.optional(v.string()),
  sha256: digestSchema,
});

/** Where a checkpoint is read from: a file, its bytes, or a stream of them. */
export type CheckpointInput = string | Uint8Array | AsyncIterable<Uint8Array>;

/** What an input is called in messages. @throws DcganError ERR_OPTION for what is none. */
export function inputName(input: CheckpointInput): string {
  if (typeof input === 'string') return input;
  if (isBytes(input)) return '<buffer>';
  if (isStream(input)) return '<stream>';
  const said = "Option 'checkpoint' is wrong: a path, a Buffer or a readable stream is needed.";
  throw new DcganError('ERR_OPTION', said, { value: input });
}

/** Whether something is one, and no object of another kind. */
export function isCheckpointInput(value: unknown): value is CheckpointInput {
  return typeof value === 'string' || isBytes(value) || isStream(value);
}

function isStream(value: unknown): value is AsyncIterable<Uint8Array> {
  return typeof (value as AsyncIterable<Uint8Array> | null)?.[Symbol.asyncIterator] === 'function';
}

// Not instanceof: arrays of another realm are as good.
function isBytes(input: unknown): input is Uint8Array {
  return Object.prototype.toString.call(input) === '[object Uint8Array]';
}

/**
 * Writes one safetensors file, whole or not at all, while the event loop keeps turning. The state must not change
 * until the promise resolves.
 * @throws DcganError ERR_OUTPUT when it cannot be written, ERR_CHECKPOINT_FORMAT when it could not be read again.
 */
export async function writeCheckpointFile(path: string, checkpoint: Checkpoint): Promise<void> {
  await writeFileAtomically(path, await encodeCheckpointFile(path, checkpoint));
}

/**
 * The bytes of that file, in pieces; those of tensors are views of the state.
 * @param name what the file is called in messages
 * @param type half precision is enough for what only draws
 * @throws DcganError ERR_CHECKPOINT_FORMAT when it could not be read again.
 */
export async function encodeCheckpointFile(
  name: string,
  checkpoint: Checkpoint,
  type: NumberType = 'F32',
): Promise<Uint8Array[]> {
  const { state, options, step, data, source, epochOrigin, createdBy } = checkpoint;
  const metadata = {
    format,
    format_version: String(formatVersion),
    ...(createdBy === undefined ? {} : { created_by: createdBy }),
    options: JSON.stringify(options),
    step: String(step),
    data: JSON.stringify(data),
    ...(source && { source: JSON.stringify(source) }),
    ...(epochOrigin && (epochOrigin.step !== 0 || epochOrigin.epoch !== 0)
      ? { epoch_origin: JSON.stringify(epochOrigin) }
      : {}),
    sha256: noDigest,
  };
  const header = readableHeader(name, state, metadata, type);
  const body = encodeBody(state, type);
  const hash = createHash('sha256').update(header);
  for (const piece of pieces(body)) {
    hash.update(piece);
    await setImmediate();
  }
  header.write(hash.digest('hex'), digestOffset(header, noDigest));
  return [encodeLength(header.length), header, ...body];
}

/** The header of a file, once the reader's own checks have found it right. */
function readableHeader(
  path: string,
  state: TensorState,
  metadata: Record<string, string>,
  type: NumberType,
): Buffer {
  try {
    checkOptions(checkMetadata(metadata).options);
    return encodeHeader(state, metadata, type);
  } catch (error) {
    if (!(error instanceof DcganError)) throw error;
    const said = `${path} was not written, because it could not be read again: ${error.message}.`;
    throw new DcganError('ERR_CHECKPOINT_FORMAT', said, { value: path, cause: error });
  }
}

/**
 * Reads a checkpoint and proves that it is as it was written.
 * @throws DcganError ERR_CHECKPOINT_NOT_FOUND when there is no such file, ERR_CHECKPOINT_FORMAT when it is not a
 * checkpoint that this version can read, ERR_CHECKPOINT_DIGEST when its bytes changed after it was written,
 * ERR_CHECKPOINT_READ when it cannot be read, which says nothing about what is in it.
 */
export async function readCheckpointFile(input: CheckpointInput): Promise<Checkpoint> {
  const name = inputName(input);
  let file: FileHandle | null = null;
  let source: ByteSource | null = null;
  try {
    if (typeof input !== 'string') {
      source = memorySource(await bytesOf(input));
      return await readSource(source);
    }
    const opened = await openRegular(input, (found) =>
      malformed(found === 'directory' ? 'it is a directory, and neither a file nor a run' : notAFile),
    );
    file = opened.file;
    source = fileSource(file, opened.size);
    return await readSource(source);
  } catch (error) {
    throw readError(name, error, source && (await kindOfSource(source)));
  } finally {
    await file?.close();
  }
}

async function bytesOf(input: Uint8Array | AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  if (isBytes(input)) return input;
  const chunks: Uint8Array[] = [];
  for await (const chunk of input) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function readSource(file: ByteSource): Promise<Checkpoint> {
  const fileBytes = file.size;
  const first = await readExactly(file, Math.min(lengthBytes, fileBytes), 0);
  const headerBytes = decodeLength(first, fileBytes);
  const headerEnd = lengthBytes + headerBytes;
  const header = await readExactly(file, headerBytes, lengthBytes);
  const layout = decodeHeader(header, fileBytes - headerEnd);
  const metadata = checkMetadata(layout.metadata);

  const hash = createHash('sha256').update(withoutDigest(header, metadata.sha256));
  const body = await readExactly(file, fileBytes - headerEnd, headerEnd, hash);
  if (hash.digest('hex') !== metadata.sha256) throw changed();

  const { step, data, source, epoch_origin: epochOrigin, created_by: createdBy } = metadata;
  const options = checkOptions(metadata.options);
  const state = viewTensors(layout.tensors, body);
  return {
    options,
    step,
    data,
    ...(source && { source }),
    ...(epochOrigin && { epochOrigin }),
    state,
    createdBy,
  };
}

/** Reads `bytes` bytes from `position` on into memory of their own, hashing as they arrive. */
async function readExactly(
  file: ByteSource,
  bytes: number,
  position: number,
  hash?: Hash,
): Promise<Uint8Array> {
  const buffer = new Uint8Array(bytes);
  let done = 0;
  while (done < bytes) {
    const bytesRead = await file.read(buffer, done, Math.min(pieceBytes, bytes - done), position + done);
    if (bytesRead === 0) throw new Error('it became shorter while it was read');
    hash?.update(buffer.subarray(done, done + bytesRead));
    done += bytesRead;
  }
  return buffer;
}

function checkMetadata(metadata: SafetensorsHeader['metadata']): v.InferOutput<typeof metadataSchema> {
  if (metadata.format !== format)
    throw malformed(
      `it is a safetensors file of another program; weights of PyTorch can be imported (${imported('safetensors')})`,
    );
  if (metadata.format_version !== String(formatVersion)) {
    throw malformed(
      `it has format version ${metadata.format_version}, and this version of dcgan-native reads version ` +
        `${formatVersion}; a newer dcgan-native may read it`,
    );
  }
  const result = v.safeParse(metadataSchema, metadata);
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw malformed(`its metadata is wrong at '${v.getDotPath(issue)}' (${issue.message})`);
}

function checkOptions(options: object): ModelOptions {
  try {
    return resolveOptions(options);
  } catch (error) {
    throw malformed(`its options are wrong (${(error as Error).message.replace(/\.$/, '')})`, error);
  }
}

/** The digest is taken with its own place in the header filled with zeros. */
function withoutDigest(header: Uint8Array, digest: string): Buffer {
  const copy = Buffer.from(header);
  copy.write(noDigest, digestOffset(copy, digest));
  return copy;
}

/** Where the digest is in a header. Quotes within strings are escaped, so its key cannot appear in another value. */
function digestOffset(header: Buffer, digest: string): number {
  const key = '"sha256":"';
  const at = header.indexOf(`${key}${digest}"`);
  if (at < 0) throw changed();
  return at + key.length;
}

function* pieces(chunks: readonly Uint8Array[]): Generator<Uint8Array> {
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += pieceBytes) yield chunk.subarray(at, at + pieceBytes);
  }
}

function changed(): DcganError {
  return new DcganError('ERR_CHECKPOINT_DIGEST', 'its bytes changed after it was written');
}

const nameAnother = 'Name a checkpoint, or the directory of a run.';
const importKeras = `Import it (${imported('keras')}).`;
const importPyTorch = `Save its state_dict with safetensors, and import that (${imported('safetensors')}).`;

/** What to do with a file that is no checkpoint. */
const remedies: Partial<Record<KindId, string>> = {
  hdf5: importKeras,
  keras: `Let Keras save the model under a name that ends in .h5. ${importKeras}`,
  pytorch: importPyTorch,
  pickle: importPyTorch,
  gzip: `Unpack it first. ${nameAnother}`,
};

function imported(format: 'keras' | 'safetensors'): string {
  const method = format === 'keras' ? 'importKeras' : 'importSafetensors';
  return `npx dcgan-native import --format ${format}, or GanTrainer.${method}`;
}

/** What a file is by its first bytes, where these can be read and tell. */
function kindOfSource(source: ByteSource): Promise<FileKind | null> {
  const first = new Uint8Array(kindBytes);
  return source.read(first, 0, kindBytes, 0).then(
    (bytesRead) => kindOf(first.subarray(0, bytesRead)),
    () => null,
  );
}

/** What went wrong while `path` was read, as a sentence with the path in it. */
function readError(path: string, error: unknown, kind: FileKind | null): DcganError {
  const refuse = (code: ErrorCode, said: string) => new DcganError(code, said, { value: path, cause: error });
  if (kind && systemCode(error) === 'ERR_CHECKPOINT_FORMAT') {
    const remedy = remedies[kind.id] ?? nameAnother;
    return refuse('ERR_CHECKPOINT_FORMAT', `${path} is ${kind.words}, not a checkpoint. ${remedy}`);
  }
  if (error instanceof DcganError) {
    const said = `${path} is not a usable checkpoint: ${error.message}. Take another checkpoint.`;
    return new DcganError(error.code, said, { value: path, cause: error.cause });
  }
  if (isMissing(error)) {
    return refuse(
      'ERR_CHECKPOINT_NOT_FOUND',
      `There is no checkpoint at ${path}: name a checkpoint file or a run.`,
    );
  }
  const said = error instanceof Error ? error.message : String(error);
  if (error instanceof RangeError && systemCode(error) === '') {
    return refuse('ERR_OUT_OF_MEMORY', `There is not enough memory to read ${path} (${said}).`);
  }
  return refuse('ERR_CHECKPOINT_READ', `The checkpoint ${path} cannot be read: ${said}. Try again.`);
}
