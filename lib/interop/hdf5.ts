import { mkdtemp, open, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DcganError, systemCode } from '../errors.js';
import { outputError } from '../files/output_error.js';
import { importFormat, unreadable } from './errors.js';

const signature = '\x89HDF\r\n\x1a\n';
const zipSignature = 'PK\x03\x04';

/** h5wasm, which is an ES module and takes a moment to compile: only for those who need it. */
async function importLibrary() {
  const loaded = await import('h5wasm/node');
  // Otherwise what fails gives an identifier of -1, or nothing.
  (await loaded.ready).activate_throwing_error_handler();
  return loaded;
}

type Library = Awaited<ReturnType<typeof importLibrary>>;
export type Group = InstanceType<Library['Group']>;
export type Dataset = InstanceType<Library['Dataset']>;

let library: Promise<Library> | null = null;

/** The file on which the library crashed, in this process: its memory is then as it may be. */
let brokenBy: string | null = null;

async function loadLibrary(): Promise<Library> {
  if (brokenBy !== null) {
    const reason = `a damaged file, ${brokenBy}, has broken the HDF5 library of this process: start another one`;
    throw new DcganError('ERR_IMPORT_FORMAT', `HDF5 files cannot be read or written any more: ${reason}.`);
  }
  library ??= importLibrary();
  return library;
}

/** The bytes of an HDF5 file that `fill` fills. @throws DcganError ERR_OUTPUT when there is no room for it. */
export async function encodeHdf5(fill: (root: Group) => void): Promise<Uint8Array> {
  const { File } = await loadLibrary();
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
    if (directory !== null) await rm(directory, { recursive: true, force: true });
  }
}

function unwritten(error: unknown): DcganError {
  if (systemCode(error) !== '') return outputError(tmpdir(), error);
  // What the library says has dozens of lines.
  const said = `An HDF5 file could not be written in ${tmpdir()}. Make room there, or name another directory with TMPDIR.`;
  return new DcganError('ERR_OUTPUT', said, { value: tmpdir(), cause: error });
}

/**
 * Reads an HDF5 file with `read`, whose result must not depend on the file any more.
 * @throws DcganError ERR_IMPORT_FORMAT when it is none, cannot be read or is damaged; whatever DcganError `read` throws.
 */
export async function readHdf5<T>(path: string, read: (root: Group) => T): Promise<T> {
  await checkSignature(path);
  const { File } = await loadLibrary();
  try {
    const file = new File(resolve(path), 'r');
    try {
      return read(file);
    } finally {
      file.close();
    }
  } catch (error) {
    if (error instanceof DcganError) throw error;
    // WebAssembly's; not instanceof, for there may be another realm's.
    if ((error as Error).name === 'RuntimeError') brokenBy = path;
    throw importFormat(path, 'it is cut short or damaged', error);
  }
}

/** The group at a path below another, or null. */
export function groupAt(parent: Group, path: string): Group | null {
  const entity = parent.get(path);
  return isKind(entity, 'Group') ? (entity as Group) : null;
}

/** The dataset at a path below a group, or null. */
export function datasetAt(parent: Group, path: string): Dataset | null {
  const entity = parent.get(path);
  return isKind(entity, 'Dataset') ? (entity as Dataset) : null;
}

/** An attribute that is a text, or null. */
export function textAttribute(group: Group, name: string): string | null {
  const value = group.attrs[name]?.value;
  return typeof value === 'string' ? value : null;
}

/** An attribute that is a list of texts, or null. Keras writes an empty list as one of numbers. */
export function textsAttribute(group: Group, name: string): string[] | null {
  const value = group.attrs[name]?.value as ArrayLike<unknown> | null | undefined;
  if (typeof value !== 'object' || value === null) return null;
  const list = Array.from(value);
  return list.every((text) => typeof text === 'string') ? list : null;
}

// Not instanceof: the classes are in a module that is only loaded when it is needed.
const isKind = (entity: ReturnType<Group['get']>, kind: string) =>
  (entity as { type?: unknown } | null)?.type === kind;

async function checkSignature(path: string): Promise<void> {
  const start = await firstBytes(path, signature.length).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  if (start === signature) return;
  const reason = start.startsWith(zipSignature)
    ? 'it is a zip archive, as .keras files are; let Keras save the model under a name that ends in .h5'
    : "it is not an HDF5 file; name one that Keras's model.save or an export wrote";
  throw importFormat(path, reason);
}

async function firstBytes(path: string, count: number): Promise<string> {
  // Before opening: opening a pipe would wait for its writer.
  if (!(await stat(path)).isFile()) throw importFormat(path, 'it is not a file');
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(count), 0, count, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } finally {
    await file.close();
  }
}
