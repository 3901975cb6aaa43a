/** NumPy's format, version 1.0: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */

const magic = '\x93NUMPY';
/** Of the magic string, the version, and the length of the header. */
const prefixBytes = 10;
/** Where the numbers begin is a multiple of this. */
const alignment = 64;

/** Float32 numbers in C order. */
export interface NpyArray {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** A whole file, in pieces; the second is a view of the numbers. */
export function encodeNpy({ data, shape }: NpyArray): Uint8Array[] {
  // A tuple of one has a comma.
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${tuple}), }`;
  const unpadded = prefixBytes + header.length + 1;
  const padding = ' '.repeat((alignment - (unpadded % alignment)) % alignment);
  const text = `${header}${padding}\n`;
  const prefix = Buffer.from(`${magic}\x01\x00\x00\x00`, 'latin1');
  prefix.writeUInt16LE(text.length, prefixBytes - 2);
  const numbers = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return [prefix, Buffer.from(text, 'latin1'), numbers];
}

/**
 * What a whole file holds; the numbers are copied.
 * @throws Error which says what is wrong, without the file's name and without a full stop.
 */
export function decodeNpy(bytes: Uint8Array): NpyArray {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.toString('latin1', 0, magic.length) !== magic) throw new Error('it is no file of NumPy');
  if (file.length < prefixBytes) throw new Error('it is cut short');
  if (file[6] !== 1) throw new Error(`it has version ${file[6]} of the format, and only version 1 is read`);
  const begin = prefixBytes + file.readUInt16LE(prefixBytes - 2);
  const header = file.toString('latin1', prefixBytes, begin);
  const [, type] = /'descr':\s*'([^']*)'/.exec(header) ?? [];
  if (type !== '<f4') {
    throw new Error(`its numbers are of the type ${type ?? 'of a structure'}; save them .astype('<f4')`);
  }
  const [, order] = /'fortran_order':\s*(True|False)/.exec(header) ?? [];
  if (order !== 'False') throw new Error('its columns come first; save numpy.ascontiguousarray of it');
  const [, tuple] = /'shape':\s*\(([\d,\s]*)\)/.exec(header) ?? [];
  if (tuple === undefined) throw new Error('its header has no shape');
  const shape = tuple
    .split(',')
    .filter((size) => size.trim() !== '')
    .map(Number);
  const count = shape.reduce((product, size) => product * size, 1);
  if (!Number.isSafeInteger(count) || file.length - begin !== 4 * count) {
    throw new Error(
      `its shape (${shape.join(', ')}) and its ${file.length - begin} bytes of numbers disagree`,
    );
  }
  const data = new Float32Array(count);
  new Uint8Array(data.buffer).set(file.subarray(begin));
  return { data, shape };
}
