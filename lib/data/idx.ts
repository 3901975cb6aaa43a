import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { DcganError, systemCode } from '../errors.js';
import { kindOf } from '../files/kind.js';
import { openRegular } from '../files/regular.js';

/**
 * An IDX file of unsigned bytes, as MNIST is distributed: a magic number `00 00 08 n`, then n sizes as big-endian
 * 32-bit numbers, then the bytes in C order (http://yann.lecun.com/exdb/mnist, "The IDX file format").
 */
export interface IdxFile {
  readonly shape: readonly number[];
  /** Empty where they stay in the file. */
  readonly data: Uint8Array;
  readonly inFile?: BytesInFile;
}

/** Bytes that are too many for memory. */
export interface BytesInFile {
  readonly path: string;
  /** Where they begin. */
  readonly offset: number;
  /** How many they are. */
  readonly bytes: number;
  /** Of them, in hexadecimal. */
  readonly sha256: string;
}

/** Checks sizes before the bytes they promise are read; throws what is to be thrown. */
export type AcceptShape = (shape: readonly number[]) => void;

/** The largest typed array of Node.js 20, and more than any data set of 28×28 images in use holds. */
const mostBytes = 2 ** 32;
const unsignedByte = 0x08;
const pieceBytes = 2 ** 16;
/** Of a plain file. */
const atOnce = 2 ** 24;
/** Deflate's limit: 258 bytes for two bits. */
const mostRatio = 1032;
/** Above `freeBytes`, bytes that one byte of a gzip file may stand for: the real data sets have from 2 to 5. */
const plausibleRatio = 100;
const freeBytes = 2 ** 26;

/**
 * Reads an IDX file, plain or gzipped (told by its content). Everything that the header promises is checked before
 * memory is allocated, against the length of the file too, and a gzipped file is unpacked no further than that.
 * @param dimensions what the file may have: 3 or 4 for images, 1 for labels
 * @param accept called with the sizes before the rest is read
 * @param mostInMemory bytes that are taken into memory; those of a plain file that are more are looked through and left there
 * @throws DcganError ERR_DATA_NOT_FOUND, ERR_DATA_FORMAT, ERR_OUT_OF_MEMORY, and what `accept` throws.
 */
export async function readIdx(
  path: string,
  dimensions: readonly number[],
  accept: AcceptShape = () => {},
  mostInMemory = Number.POSITIVE_INFINITY,
): Promise<IdxFile> {
  const { file, size } = await openRegular(path, () => notRegular(path)).catch((cause: unknown) => {
    throw explain(cause, path);
  });
  try {
    const wanted = { path, dimensions, size, accept, mostInMemory };
    const start = await readStart(file, headerLength(Math.max(...dimensions)));
    return kindOf(start)?.id === 'gzip'
      ? await readPacked(file, wanted)
      : await readPlain(file, start, wanted);
  } catch (cause) {
    throw explain(cause, path);
  } finally {
    await file.close();
  }
}

interface Wanted {
  readonly path: string;
  readonly dimensions: readonly number[];
  /** Of the file as it lies on the disk, in bytes. */
  readonly size: number;
  readonly accept: AcceptShape;
  readonly mostInMemory: number;
}

async function readStart(file: FileHandle, bytes: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0);
  return buffer.subarray(0, bytesRead);
}

async function readPlain(file: FileHandle, start: Buffer, wanted: Wanted): Promise<IdxFile> {
  const { path, dimensions, size } = wanted;
  const shape = parseHeader(start, path, dimensions);
  const bytes = bytesOf(shape);
  const before = headerLength(shape.length);
  const found = size - before;
  wanted.accept(shape);
  if (found !== bytes) throw wrongLength(path, shape, found);
  if (bytes > wanted.mostInMemory) {
    const sha256 = await digestOf(file, shape, wanted);
    const inFile = { path: resolve(path), offset: before, bytes, sha256 };
    return { shape, data: new Uint8Array(0), inFile };
  }
  checkBytes(shape, path);
  const data = allocate(bytes, path);
  let filled = 0;
  while (filled < bytes) {
    const length = Math.min(bytes - filled, atOnce);
    const { bytesRead } = await file.read(data, filled, length, before + filled);
    if (bytesRead === 0) throw wrongLength(path, shape, filled);
    filled += bytesRead;
  }
  return { shape, data };
}

/** SHA-256 of the bytes of a plain file, in hexadecimal. */
async function digestOf(file: FileHandle, shape: readonly number[], { path }: Wanted): Promise<string> {
  const bytes = bytesOf(shape);
  const hash = createHash('sha256');
  const piece = Buffer.alloc(2 ** 20);
  for (let done = 0; done < bytes; ) {
    const { bytesRead } = await file.read(
      piece,
      0,
      Math.min(piece.length, bytes - done),
      headerLength(shape.length) + done,
    );
    if (bytesRead === 0) throw wrongLength(path, shape, done);
    hash.update(piece.subarray(0, bytesRead));
    done += bytesRead;
  }
  return hash.digest('hex');
}

async function readPacked(file: FileHandle, wanted: Wanted): Promise<IdxFile> {
  const gunzip = createGunzip({ chunkSize: pieceBytes });
  const unpacked = (source: AsyncIterable<Buffer>) => unpack(source, wanted);
  const result = await pipeline(pieces(file), gunzip, unpacked);
  // Whether padding ends the gunzip early enough to abort the pipeline is a matter of timing; its count is not.
  if (gunzip.bytesWritten < wanted.size) throw trailing(wanted.path);
  return result;
}

async function unpack(source: AsyncIterable<Buffer>, wanted: Wanted): Promise<IdxFile> {
  let header: Buffer = Buffer.alloc(0);
  let result: IdxFile | null = null;
  let filled = 0;
  for await (const piece of source) {
    let rest = piece;
    if (result === null) {
      header = Buffer.concat([header, piece]);
      if (header.length < headerLength(Math.max(...wanted.dimensions))) continue;
      result = beginPacked(header, wanted);
      rest = header.subarray(headerLength(result.shape.length));
    }
    const found = filled + rest.length;
    if (found > result.data.length) throw wrongLength(wanted.path, result.shape, found);
    result.data.set(rest, filled);
    filled = found;
  }
  if (result === null) {
    // Shorter than the longest header, and perhaps as long as its own.
    result = beginPacked(header, wanted);
    const rest = header.subarray(headerLength(result.shape.length));
    filled = rest.length;
    if (filled <= result.data.length) result.data.set(rest);
  }
  const { shape, data } = result;
  if (filled !== data.length) throw wrongLength(wanted.path, shape, filled);
  return { shape, data };
}

/** Checks a header and makes room for what it promises. A short header is refused as such. */
function beginPacked(header: Buffer, { path, dimensions, size, accept }: Wanted): IdxFile {
  const shape = parseHeader(header, path, dimensions);
  checkBytes(shape, path);
  accept(shape);
  checkRatio(shape, size, path);
  return { shape, data: allocate(bytesOf(shape), path) };
}

async function* pieces(file: FileHandle): AsyncGenerator<Buffer> {
  for (let position = 0; ; ) {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(pieceBytes), 0, pieceBytes, position);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
    position += bytesRead;
  }
}

/** The bytes of an IDX file, in two pieces, of which the second are the given ones. */
export function encodeIdx(shape: readonly number[], data: Uint8Array): Uint8Array[] {
  return [encodeHeader(shape), data];
}

/** What comes before the data. */
export function encodeHeader(shape: readonly number[]): Uint8Array {
  const header = Buffer.alloc(headerLength(shape.length));
  header[2] = unsignedByte;
  header[3] = shape.length;
  for (const [i, size] of shape.entries()) header.writeUInt32BE(size, 4 + 4 * i);
  return header;
}

function headerLength(dimensions: number): number {
  return 4 + 4 * dimensions;
}

function bytesOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

function parseHeader(header: Buffer, path: string, wanted: readonly number[]): readonly number[] {
  const refuse = (reason: string) => new DcganError('ERR_DATA_FORMAT', `${path} ${reason}.`, { value: path });
  if (header.length === 0) throw refuse('is empty. Fetch it again');
  if (header.length < 4) throw refuse('is too short for an IDX file. Fetch it again');
  if (!isIdx(header)) {
    throw refuse('is not an IDX file of unsigned bytes. Name a file such as train-images-idx3-ubyte');
  }
  const dimensions = header[3]!;
  if (!wanted.includes(dimensions)) {
    const holds = dimensions === 1 ? 'labels' : `${dimensions} dimensions`;
    const what = wanted.includes(1) ? 'labels' : 'images';
    throw refuse(`holds ${holds}, where ${what} are wanted (${wanted.join(' or ')} dimensions)`);
  }
  if (header.length < headerLength(dimensions)) throw refuse('ends within its header. Fetch it again');
  return Array.from({ length: dimensions }, (_, i) => header.readUInt32BE(4 + 4 * i));
}

/** Whether a file of these first bytes is an IDX file of unsigned bytes, as far as can be told. */
export function isIdx(start: Uint8Array): boolean {
  return start.length >= 4 && start[0] === 0 && start[1] === 0 && start[2] === unsignedByte;
}

/** Before memory is asked for them. */
function checkBytes(shape: readonly number[], path: string): void {
  if (bytesOf(shape) <= mostBytes) return;
  const said = `${path} promises ${shape.join(' × ')} bytes, more than any such data set holds: it is damaged.`;
  throw new DcganError('ERR_DATA_FORMAT', said, { value: path });
}

/** A gzip file of `size` bytes cannot hold more than deflate allows, and a small one must not unpack to a lot. */
function checkRatio(shape: readonly number[], size: number, path: string): void {
  const most = Math.min(size * mostRatio, Math.max(freeBytes, size * plausibleRatio));
  if (bytesOf(shape) <= most) return;
  const said = `${path} promises ${shape.join(' × ')} bytes, more than ${size} gzipped bytes can sensibly hold. Fetch it again, or unpack it first.`;
  throw new DcganError('ERR_DATA_FORMAT', said, { value: path });
}

/** Room for what `path` holds. @throws DcganError ERR_OUT_OF_MEMORY. */
export function allocate(bytes: number, path: string): Uint8Array {
  try {
    return new Uint8Array(bytes);
  } catch (cause) {
    const said = `${path} needs ${bytes} bytes of memory, more than there are. Name a smaller file.`;
    throw new DcganError('ERR_OUT_OF_MEMORY', said, { value: path, cause });
  }
}

function wrongLength(path: string, shape: readonly number[], found: number): DcganError {
  const promised = bytesOf(shape);
  const relation = found < promised ? `only ${found}` : 'more';
  const sizes = shape.length > 1 ? `${shape.join(' × ')} = ` : '';
  const said = `${path} promises ${sizes}${promised} bytes and holds ${relation}. Fetch it again.`;
  return new DcganError('ERR_DATA_FORMAT', said, { value: path });
}

function notRegular(path: string): DcganError {
  const said = `${path} is not a regular file; pipes, devices and directories cannot be read as one. Name an IDX file.`;
  return new DcganError('ERR_DATA_NOT_FOUND', said, { value: path });
}

function trailing(path: string, cause?: unknown): DcganError {
  const said = `${path} goes on after the end of its gzip data. Fetch it again.`;
  return new DcganError('ERR_DATA_FORMAT', said, { value: path, cause });
}

/** What the system or zlib said about a file, as an error of this package. */
function explain(cause: unknown, path: string): unknown {
  const code = systemCode(cause);
  if (cause instanceof DcganError || code === '') return cause;
  if (code.startsWith('Z_')) {
    const said = `${path} is a damaged gzip file (${(cause as Error).message}). Fetch it again.`;
    return new DcganError('ERR_DATA_FORMAT', said, { value: path, cause });
  }
  // Node ends a gunzip early when nothing but padding follows, and the pipeline calls that an abort.
  if (code === 'ABORT_ERR') return trailing(path, cause);
  const reason = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
  const said = `${path} ${reason}. Name an IDX file or a directory of them.`;
  return new DcganError('ERR_DATA_NOT_FOUND', said, { value: path, cause });
}
