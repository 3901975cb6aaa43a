import type { FileHandle } from 'node:fs/promises';

/**
 * Appends to a file that was opened for appending, all or nothing: where not all of it can be written, what was is cut off again.
 * @param size bytes that the file has, and keeps
 * @returns bytes that it has then
 * @throws the system's error.
 */
export async function appendWhole(file: FileHandle, bytes: Buffer, size: number): Promise<number> {
  try {
    for (let written = 0; written < bytes.length; ) {
      written += (await file.write(bytes, written)).bytesWritten;
    }
    return size + bytes.length;
  } catch (error) {
    await file.truncate(size).catch(() => undefined);
    throw error;
  }
}
