import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DcganError, systemCode } from '../errors.js';
import { outputError } from '../files/output_error.js';

/** h5wasm, which is an ES module and takes a moment to compile: only for those who need it. */
async function importLibrary() {
  const loaded = await import('h5wasm/node');
  // Otherwise what fails gives an identifier of -1, or nothing.
  (await loaded.ready).activate_throwing_error_handler();
  return loaded;
}

type Library = Awaited<ReturnType<typeof importLibrary>>;
export type Group = InstanceType<Library['Group']>;

let library: Promise<Library> | null = null;

/**
 * The bytes of an HDF5 file that `fill` fills. (Files of others are read elsewhere, in a thread of their own, as the
 * library does not survive every damaged one: see `keras_file.ts`.)
 * @throws DcganError ERR_OUTPUT when there is no room for it.
 */
export async function encodeHdf5(fill: (root: Group) => void): Promise<Uint8Array> {
  library ??= importLibrary();
  const { File } = await library;
  let directory: string | null = null;
  try {
    // The library writes to files only.
    directory = await mkdtemp(join(tmpdir(), 'dcgan-native-'));
    const path = join(directory, 'model.h5');
    const file = new File(path, 'w');
    try {
      fill(file);
    } finally {
      file.close();
    }
    return await readFile(path);
  } catch (error) {
    throw unwritten(error);
  } finally {
    // A file that was made is not worth less because the system keeps what it was made in.
    if (directory !== null) await rm(directory, { recursive: true, force: true }).catch(() => undefined);
  }
}

function unwritten(error: unknown): DcganError {
  if (systemCode(error) !== '') return outputError(tmpdir(), error);
  // What the library says has dozens of lines.
  const said = `An HDF5 file could not be written in ${tmpdir()}. Make room there, or name another directory with TMPDIR.`;
  return new DcganError('ERR_OUTPUT', said, { value: tmpdir(), cause: error });
}
