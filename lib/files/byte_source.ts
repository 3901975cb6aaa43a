import type { FileHandle } from 'node:fs/promises';

/** Bytes that can be read from any position: a file's, or those in memory. */
export interface ByteSource {
  readonly size: number;
  /**
   * Reads at most `length` bytes from `position` into `target` from `offset` on.
   * @returns how many were read; 0 at the end
   */
  read(target: Uint8Array, offset: number, length: number, position: number): Promise<number>;
}

export function fileSource(file: FileHandle, size: number): ByteSource {
  const read: ByteSource['read'] = async (target, offset, length, position) =>
    (await file.read(target, offset, length, position)).bytesRead;
  return { size, read };
}

/** Of bytes in memory, which must not change while they are read. */
export function memorySource(bytes: Uint8Array): ByteSource {
  const read: ByteSource['read'] = async (target, offset, length, position) => {
    const piece = bytes.subarray(position, position + length);
    target.set(piece, offset);
    return piece.length;
  };
  return { size: bytes.length, read };
}
