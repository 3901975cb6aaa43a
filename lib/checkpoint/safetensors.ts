import { DcganError } from '../errors.js';
import type { TensorState } from '../network/state.js';
import { fromHalf, toHalf } from './half.js';

/**
 * The safetensors format, float32 or half precision: a little-endian u64 with the header's length, the header (JSON, padded with
 * spaces), then the tensors' bytes without gaps. Offsets in the header count from the end of the header.
 */

/** Bytes of the header's length, in front of the header. */
export const lengthBytes = 8;

// The format allows 100 MB. A network's header has a few KB, and JSON.parse can need fifty times its text in memory.
const maxHeaderBytes = 1 << 20;

/** How the numbers of a tensor lie in a file. */
export type NumberType = 'F32' | 'F16';

const bytesOf: Readonly<Record<NumberType, number>> = { F32: 4, F16: 2 };

/** Where one tensor's bytes are. */
export interface TensorLayout {
  readonly name: string;
  readonly type: NumberType;
  readonly shape: readonly number[];
  /** Offsets into the body, in bytes. */
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  readonly metadata: Readonly<Record<string, string>>;
  /** In the order of their bytes. */
  readonly tensors: readonly TensorLayout[];
}

/** The header of a file that holds `state` in its own order: the padded JSON, without the length in front. */
export function encodeHeader(
  state: TensorState,
  metadata: Readonly<Record<string, string>>,
  type: NumberType = 'F32',
): Buffer {
  const entries: [string, unknown][] = [['__metadata__', metadata]];
  let offset = 0;
  for (const [name, { data, shape }] of Object.entries(state)) {
    if (name === '__metadata__' || elements(shape) !== data.length) {
      const said = `Tensor '${name}' of shape [${shape.join(', ')}] and ${data.length} values cannot be written.`;
      throw new DcganError('ERR_SHAPE', said, { value: shape });
    }
    const bytes = data.length * bytesOf[type];
    entries.push([name, { dtype: type, shape, data_offsets: [offset, offset + bytes] }]);
    offset += bytes;
  }
  const json = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  if (json.length > maxHeaderBytes) throw malformed(`a header of ${json.length} bytes is too long`);
  return Buffer.concat([json, Buffer.alloc((8 - (json.length % 8)) % 8, ' ')]);
}

/** The eight bytes in front of a header. */
export function encodeLength(headerBytes: number): Buffer {
  const length = Buffer.alloc(lengthBytes);
  length.writeBigUInt64LE(BigInt(headerBytes));
  return length;
}

/** Every tensor's bytes, in the order of the header; of float32 views, not copies. */
export function encodeBody(state: TensorState, type: NumberType = 'F32'): Uint8Array[] {
  return Object.values(state).map(({ data }) => {
    const numbers = type === 'F16' ? toHalf(data) : data;
    return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  });
}

/**
 * The length of the header, from the first eight bytes of a file of `fileBytes` bytes.
 * @throws DcganError ERR_CHECKPOINT_FORMAT when no header of that length can be in it.
 */
export function decodeLength(first: Uint8Array, fileBytes: number): number {
  if (first.length < lengthBytes) throw malformed('it is too short to have a header');
  const length = Buffer.from(first.buffer, first.byteOffset, lengthBytes).readBigUInt64LE();
  if (length > BigInt(maxHeaderBytes)) throw malformed(`a header of ${length} bytes is too long`);
  if (length > BigInt(fileBytes - lengthBytes)) throw malformed('its header is cut short');
  return Number(length);
}

/**
 * Parses a header and checks it against the length of the body, before any tensor is allocated.
 * @param isIgnored tells the names of tensors to leave out, which may be of another type
 * @throws DcganError ERR_CHECKPOINT_FORMAT for anything but tensors of these types that fill the body exactly.
 */
export function decodeHeader(
  header: Uint8Array,
  bodyBytes: number,
  isIgnored: (name: string) => boolean = () => false,
): SafetensorsHeader {
  const parsed = parseObject(header);
  let metadata: Readonly<Record<string, string>> = {};
  const tensors: TensorLayout[] = [];
  for (const [name, entry] of Object.entries(parsed)) {
    if (name === '__metadata__') metadata = checkMetadata(entry);
    else tensors.push(checkTensor(name, entry, isIgnored(name)));
  }
  tensors.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let offset = 0;
  for (const { name, begin, end } of tensors) {
    if (begin < offset) throw malformed(`tensor '${name}' overlaps the one before it`);
    if (begin > offset) throw malformed(`there is a gap before tensor '${name}'`);
    if (end > bodyBytes) throw malformed(`tensor '${name}' ends behind the end of the file`);
    offset = end;
  }
  if (offset !== bodyBytes) throw malformed(`${bodyBytes - offset} bytes at its end belong to no tensor`);
  return { metadata, tensors: tensors.filter(({ name }) => !isIgnored(name)) };
}

/** The tensors of a body as views into it, copied only where their bytes are not aligned, or are of half precision. */
export function viewTensors(tensors: readonly TensorLayout[], body: Uint8Array): TensorState {
  const entries = tensors.map(({ name, type, shape, begin, end }) => {
    const aligned = (body.byteOffset + begin) % bytesOf[type] === 0;
    // Not `slice`, which a Buffer answers with a view of the same bytes.
    const bytes = aligned ? body.subarray(begin, end) : new Uint8Array(body.subarray(begin, end));
    const count = (end - begin) / bytesOf[type];
    const data =
      type === 'F16'
        ? fromHalf(new Uint16Array(bytes.buffer, bytes.byteOffset, count))
        : new Float32Array(bytes.buffer, bytes.byteOffset, count);
    return [name, { data, shape }] as const;
  });
  // Not by assignment: a tensor may be named __proto__.
  return Object.fromEntries(entries);
}

/** A whole file that holds `state`, in pieces; those of float32 tensors are views of it. */
export function encodeSafetensors(
  state: TensorState,
  metadata: Readonly<Record<string, string>>,
  type: NumberType = 'F32',
): Uint8Array[] {
  const header = encodeHeader(state, metadata, type);
  return [encodeLength(header.length), header, ...encodeBody(state, type)];
}

/**
 * What a whole file holds, its tensors as views where they can be.
 * @param isIgnored as `decodeHeader` has it
 * @throws DcganError ERR_CHECKPOINT_FORMAT.
 */
export function decodeSafetensors(bytes: Uint8Array, isIgnored?: (name: string) => boolean) {
  const start = lengthBytes + decodeLength(bytes, bytes.length);
  const body = bytes.subarray(start);
  const { tensors, metadata } = decodeHeader(bytes.subarray(lengthBytes, start), body.length, isIgnored);
  return { metadata, state: viewTensors(tensors, body) };
}

/** An ERR_CHECKPOINT_FORMAT without the file's name; who knows it puts it in front. */
export function malformed(reason: string, cause?: unknown): DcganError {
  return new DcganError('ERR_CHECKPOINT_FORMAT', reason, { cause });
}

function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function parseObject(header: Uint8Array): object {
  let text: string;
  let parsed: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(header);
    parsed = JSON.parse(text);
  } catch (cause) {
    throw malformed('its header is not JSON', cause);
  }
  if (!isObject(parsed)) throw malformed('its header is not a JSON object');
  const twice = duplicatedKey(text);
  if (twice !== null) throw malformed(`its header names '${twice}' twice`);
  return parsed;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function checkMetadata(value: unknown): Readonly<Record<string, string>> {
  if (!isObject(value) || Object.values(value).some((text) => typeof text !== 'string')) {
    throw malformed('its metadata is not an object of strings');
  }
  return value as Readonly<Record<string, string>>;
}

function checkTensor(name: string, entry: unknown, ofAnyType: boolean): TensorLayout {
  if (!isObject(entry)) throw malformed(`tensor '${name}' has no description`);
  const { dtype, shape, data_offsets: offsets } = entry as Record<string, unknown>;
  const type = dtype === 'F16' ? 'F16' : 'F32';
  if (dtype !== type && !ofAnyType) throw malformed(`tensor '${name}' has another type than F32 and F16`);
  if (!Array.isArray(shape) || !shape.every(isCount)) throw malformed(`tensor '${name}' has no valid shape`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    throw malformed(`tensor '${name}' has no valid offsets`);
  }
  const [begin, end] = offsets as [number, number];
  const bytes = ofAnyType ? Math.max(0, end - begin) : elements(shape) * bytesOf[type];
  if (end - begin !== bytes) throw malformed(`the shape and the offsets of tensor '${name}' disagree`);
  return { name, type, shape, begin, end };
}

/** The first key that an object of a valid JSON text has twice, or null. JSON.parse silently takes the last. */
function duplicatedKey(text: string): string | null {
  // One set of keys for each open object; arrays hold none of their own but keep the nesting.
  const open: Set<string>[] = [];
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '{' || character === '[') open.push(new Set());
    else if (character === '}' || character === ']') open.pop();
    else if (character === '"') {
      const start = i;
      for (i++; text[i] !== '"'; i++) if (text[i] === '\\') i++;
      if (!isKey(text, i + 1)) continue;
      const key = JSON.parse(text.slice(start, i + 1)) as string;
      const keys = open.at(-1)!;
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return null;
}

function isKey(text: string, after: number): boolean {
  let i = after;
  while (' \t\r\n'.includes(text.charAt(i)) && i < text.length) i++;
  return text[i] === ':';
}
