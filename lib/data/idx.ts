import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { DcganError, systemCode } from '../errors.js';

/**
 * An IDX file of unsigned bytes, as MNIST is distributed: a magic number `00 00 08 n`, then n sizes as big-endian
 * 32-bit numbers, then the bytes in C order (http://yann.lecun.com/exdb/mnist, "The IDX file format").
 */
export interface IdxFile {
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** No data set of 28×28 images in use comes near; what asks for more is damaged. */
const mostBytes = 8 * 2 ** 30;
const unsignedByte = 0x08;
const gzipMagic = [0x1f, 0x8b] as const;

/**
 * Reads an IDX file, plain or gzipped (told by its content). Everything that the header promises is checked before
 * memory is allocated, and a gzipped file is unpacked no further than that.
 * @param dimensions what the file must have: 3 for images, 1 for labels
 * @throws DcganError ERR_DATA_NOT_FOUND, ERR_DATA_FORMAT.
 */
export async function readIdx(path: string, dimensions: number): Promise<IdxFile> {
  const file = await openFile(path);
  try {
    const { size } = await file.stat();
    const first = await readStart(file, 2);
    const packed = first[0] === gzipMagic[0] && first[1] === gzipMagic[1];
    return packed ? await readPacked(path, dimensions) : await readPlain(file, path, size, dimensions);
  } finally {
    await file.close();
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    const file = await open(path, 'r');
    const { isFile } = await file.stat().then((found) => ({ isFile: found.isFile() }));
    if (isFile) return file;
    await file.close();
  } catch (cause) {
    const reason =
      systemCode(cause) === 'ENOENT' ? 'does not exist' : `cannot be read (${systemCode(cause)})`;
    throw new DcganError(
      'ERR_DATA_NOT_FOUND',
      `${path} ${reason}. Name an IDX file or a directory of them.`,
      {
        value: path,
        cause,
      },
    );
  }
  throw new DcganError('ERR_DATA_NOT_FOUND', `${path} is not a file. Name an IDX file.`, { value: path });
}

async function readStart(file: FileHandle, bytes: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0);
  return buffer.subarray(0, bytesRead);
}

async function readPlain(file: FileHandle, path: string, size: number, dimensions: number): Promise<IdxFile> {
  const headerBytes = 4 + 4 * dimensions;
  const shape = parseHeader(await readStart(file, headerBytes), path, dimensions);
  const bytes = shape.reduce((a, b) => a * b, 1);
  if (size !== headerBytes + bytes) throw wrongLength(path, shape, size - headerBytes);
  const data = new Uint8Array(bytes);
  let filled = 0;
  while (filled < bytes) {
    const { bytesRead } = await file.read(
      data,
      filled,
      Math.min(bytes - filled, 2 ** 24),
      headerBytes + filled,
    );
    if (bytesRead === 0) throw wrongLength(path, shape, filled);
    filled += bytesRead;
  }
  return { shape, data };
}

/** Ends the pipeline early: the file holds more than its header promises. */
class TooLong extends Error {}

async function readPacked(path: string, dimensions: number): Promise<IdxFile> {
  const headerBytes = 4 + 4 * dimensions;
  let header: Buffer = Buffer.alloc(0);
  let shape: readonly number[] | null = null;
  const pieces: Uint8Array[] = [];
  let unpacked = 0;
  const take = (piece: Buffer) => {
    let rest = piece;
    if (shape === null) {
      header = Buffer.concat([header, piece]);
      if (header.length < headerBytes) return;
      shape = parseHeader(header, path, dimensions);
      rest = header.subarray(headerBytes);
    }
    unpacked += rest.length;
    if (unpacked > shape.reduce((a, b) => a * b, 1)) throw new TooLong();
    pieces.push(rest);
  };
  try {
    await pipeline(createReadStream(path), createGunzip(), async (source: AsyncIterable<Buffer>) => {
      for await (const piece of source) take(piece);
    });
  } catch (cause) {
    if (cause instanceof DcganError) throw cause;
    if (cause instanceof TooLong) throw wrongLength(path, shape ?? [], unpacked);
    const said = `${path} is a damaged gzip file (${(cause as Error).message}). Fetch it again.`;
    throw new DcganError('ERR_DATA_FORMAT', said, { value: path, cause });
  }
  const complete = shape ?? parseHeader(header, path, dimensions);
  const data = new Uint8Array(Buffer.concat(pieces));
  if (data.length !== complete.reduce((a, b) => a * b, 1)) throw wrongLength(path, complete, data.length);
  return { shape: complete, data };
}

function parseHeader(header: Buffer, path: string, dimensions: number): readonly number[] {
  const refuse = (reason: string) => new DcganError('ERR_DATA_FORMAT', `${path} ${reason}.`, { value: path });
  if (header.length === 0) throw refuse('is empty. Fetch it again');
  if (header.length < 4) throw refuse('is too short for an IDX file. Fetch it again');
  if (header[0] !== 0 || header[1] !== 0 || header[2] !== unsignedByte) {
    throw refuse('is not an IDX file of unsigned bytes. Name a file such as train-images-idx3-ubyte');
  }
  if (header[3] !== dimensions) {
    const holds = header[3] === 1 ? 'labels' : `${header[3]} dimensions`;
    throw refuse(
      `holds ${holds}, where ${dimensions === 3 ? 'images' : 'labels'} are wanted (${dimensions} dimensions)`,
    );
  }
  if (header.length < 4 + 4 * dimensions) throw refuse('ends within its header. Fetch it again');
  const shape = Array.from({ length: dimensions }, (_, i) => header.readUInt32BE(4 + 4 * i));
  const bytes = shape.reduce((a, b) => a * b, 1);
  if (bytes > mostBytes) {
    throw refuse(`promises ${shape.join(' × ')} bytes, more than any such data set holds: it is damaged`);
  }
  return shape;
}

function wrongLength(path: string, shape: readonly number[], found: number): DcganError {
  const promised = shape.reduce((a, b) => a * b, 1);
  const relation = found < promised ? `only ${Math.max(found, 0)}` : 'more';
  const said = `${path} promises ${shape.join(' × ')} = ${promised} bytes and holds ${relation}. Fetch it again.`;
  return new DcganError('ERR_DATA_FORMAT', said, { value: path });
}
