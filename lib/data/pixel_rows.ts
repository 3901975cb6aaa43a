import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { outputError } from '../files/output_error.js';
import { temporaryBeside } from '../files/temporaries.js';
import { allocate } from './idx.js';

/** Takes images of some number of bytes each, in any order, and perhaps not all of them. */
export interface PixelRows {
  set(row: number, pixels: Uint8Array): void | Promise<void>;
}

export interface RowsInMemory extends PixelRows {
  /** The pixels of some rows, in their order: in the same memory, so that the others are lost. */
  together(rows: readonly number[]): Uint8Array;
}

/** @param of what they are of, for people. @throws DcganError ERR_OUT_OF_MEMORY. */
export function rowsInMemory(count: number, rowBytes: number, of: string): RowsInMemory {
  const all = allocate(count * rowBytes, of);
  return {
    set: (row, pixels) => all.set(pixels, row * rowBytes),
    together: (rows) => {
      for (const [to, from] of rows.entries())
        all.copyWithin(to * rowBytes, from * rowBytes, (from + 1) * rowBytes);
      return all.slice(0, rows.length * rowBytes);
    },
  };
}

export interface RowsInFile extends PixelRows {
  /** The pixels of some rows, one after the other. */
  take(rows: readonly number[]): AsyncIterable<Uint8Array>;
  /** Removes the file. */
  close(): Promise<void>;
}

/** Rows in a temporary file beside `path`. @throws DcganError ERR_OUTPUT. */
export async function rowsInFile(path: string, rowBytes: number): Promise<RowsInFile> {
  const temporary = temporaryBeside(path);
  const file = await openNew(temporary);
  return {
    set: async (row, pixels) => {
      await file.write(pixels, 0, rowBytes, row * rowBytes).catch((error: unknown) => {
        throw outputError(path, error);
      });
    },
    take: async function* (rows) {
      for (const row of rows) {
        const { buffer } = await file.read(Buffer.alloc(rowBytes), 0, rowBytes, row * rowBytes);
        yield buffer;
      }
    },
    close: async () => {
      await file.close();
      await rm(temporary, { force: true });
    },
  };
}

async function openNew(path: string): Promise<FileHandle> {
  try {
    await mkdir(dirname(path), { recursive: true });
    return await open(path, 'wx+');
  } catch (error) {
    throw outputError(path, error);
  }
}
