/** What a file is by its first bytes: of a kind that is taken for another. */
export interface FileKind {
  readonly id: KindId;
  /** With its article: `a PNG picture`. */
  readonly words: string;
}

export type KindId =
  | 'png'
  | 'jpeg'
  | 'hdf5'
  | 'gzip'
  | 'pickle'
  | 'onnx'
  | 'pytorch'
  | 'npz'
  | 'keras'
  | 'zip'
  | 'json';

interface Known extends FileKind {
  /** How it begins: one of these, in Latin-1, a character for a byte. */
  readonly starts: readonly string[];
  /** Of a zip archive, what its first entry is called. */
  readonly entry?: RegExp;
}

const zip = ['PK\x03\x04'] as const;

/** Magic numbers; the first that fits is taken. */
const known: readonly Known[] = [
  { id: 'png', words: 'a PNG picture', starts: ['\x89PNG\r\n\x1a\n'] },
  { id: 'jpeg', words: 'a JPEG picture', starts: ['\xff\xd8\xff'] },
  { id: 'hdf5', words: 'an HDF5 file, as Keras writes', starts: ['\x89HDF\r\n\x1a\n'] },
  { id: 'gzip', words: 'a gzip file', starts: ['\x1f\x8b'] },
  { id: 'pickle', words: 'a pickle of Python', starts: ['\x80\x02\x8a\n', '\x80\x04\x95', '\x80\x05\x95'] },
  // The version of the format, from 7 on, then who made it.
  {
    id: 'onnx',
    words: 'an ONNX file',
    starts: ['\x07', '\x08', '\x09', '\x0a'].map((at) => `\x08${at}\x12`),
  },
  { id: 'pytorch', words: 'a file of PyTorch', starts: zip, entry: /\/(data\.pkl|version|\.\w+)$/ },
  { id: 'npz', words: 'an archive of NumPy', starts: zip, entry: /\.npy$/ },
  { id: 'keras', words: 'a .keras archive', starts: zip, entry: /^(metadata|config)\.json$/ },
  { id: 'zip', words: 'a zip archive', starts: zip },
];

/** How many first bytes decide at most. */
export const kindBytes = 256;

/** The kind of a file that begins with `first`, of `kindBytes` or the whole file; null where it is none of these. */
export function kindOf(first: Uint8Array): FileKind | null {
  const text = Buffer.from(first.subarray(0, kindBytes)).toString('latin1');
  const isOne = ({ starts, entry }: Known) =>
    starts.some((start) => text.startsWith(start)) && (entry === undefined || entry.test(firstEntry(text)));
  // Eight characters, since the length with which a safetensors file begins may look like one or two.
  const isJson = /^\s*[{[]/.test(text) && /^[\s -~]{8}/.test(text);
  return known.find(isOne) ?? (isJson ? { id: 'json', words: 'a JSON file' } : null);
}

/** The name of the first entry of a zip archive: at byte 30, its length at byte 26. */
function firstEntry(text: string): string {
  return text.slice(30, 30 + text.charCodeAt(26));
}
