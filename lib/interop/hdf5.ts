import { randomUUID } from 'node:crypto';
import { DcganError } from '../errors.js';

/** h5wasm, which is an ES module and takes a moment to compile: only for those who need it. */
async function importLibrary() {
  const loaded = await import('h5wasm');
  const module = await loaded.ready;
  // Otherwise what fails gives an identifier of -1, or nothing.
  module.activate_throwing_error_handler();
  return { File: loaded.File, Group: loaded.Group, files: module.FS };
}

type Library = Awaited<ReturnType<typeof importLibrary>>;
export type Group = InstanceType<Library['Group']>;

let library: Promise<Library> | null = null;

/**
 * The bytes of an HDF5 file that `fill` fills, made in memory. (Files of others are read elsewhere, in a thread of their own, as
 * the library does not survive every damaged one: see `keras_file.ts`.)
 * @throws DcganError ERR_OUT_OF_MEMORY when there is no room for it.
 */
export async function encodeHdf5(fill: (root: Group) => void): Promise<Uint8Array> {
  library ??= importLibrary();
  const { File, files } = await library;
  // In the library's own file system, which is memory.
  const path = `/${randomUUID()}.h5`;
  try {
    const file = new File(path, 'w');
    try {
      fill(file);
    } finally {
      file.close();
    }
    return files.readFile(path);
  } catch (cause) {
    // What the library says has dozens of lines.
    const said = 'There is not enough memory to make an HDF5 file. Free some, and try again.';
    throw new DcganError('ERR_OUT_OF_MEMORY', said, { cause });
  } finally {
    if (files.analyzePath(path).exists) files.unlink(path);
  }
}
