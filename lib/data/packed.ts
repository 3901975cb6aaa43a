import { readFile } from 'node:fs/promises';
import { writeFileAtomically } from '../files/atomic.js';
import { makeParent } from '../files/directories.js';
import { type BytesInFile, encodeHeader, encodeIdx, readIdx } from './idx.js';

/** Images in one IDX file, with labels in another beside it where they have some. */
export interface PackedImages {
  /** [count, imageSize, imageSize, channels]. */
  readonly shape: readonly number[];
  /** Empty where they stay in their file. */
  readonly pixels: Uint8Array;
  readonly inFile?: BytesInFile;
  readonly labels?: Uint16Array;
  /** What the classes are called. */
  readonly classNames?: readonly string[];
}

/** The files beside `faces.idx`: `faces.labels.idx`, two bytes for each label, and `faces.json`. */
export function packedFiles(path: string): { readonly labels: string; readonly about: string } {
  const stem = path.replace(/\.idx$/, '');
  return { labels: `${stem}.labels.idx`, about: `${stem}.json` };
}

/** Images that are written, their pixels piece by piece where they are many. */
export interface ImagesToPack extends Omit<PackedImages, 'pixels' | 'inFile'> {
  readonly pixels: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

/** Writes them; `about` goes into the file of the names as well. @throws DcganError ERR_OUTPUT. */
export async function writePacked(path: string, images: ImagesToPack, about: object = {}): Promise<void> {
  const { shape, pixels, labels, classNames } = images;
  const files = packedFiles(path);
  await makeParent(path);
  if (labels) {
    const bytes = Uint8Array.from({ length: labels.length * 2 }, (_, i) =>
      i % 2 === 0 ? labels[i >> 1]! >> 8 : labels[i >> 1]! & 255,
    );
    await writeFileAtomically(files.labels, encodeIdx([labels.length, 2], bytes));
  }
  await writeFileAtomically(files.about, [Buffer.from(JSON.stringify({ classNames, ...about }))]);
  await writeFileAtomically(path, withHeader(shape, pixels));
}

async function* withHeader(shape: readonly number[], pixels: ImagesToPack['pixels']) {
  yield encodeHeader(shape);
  yield* pixels;
}

/**
 * Reads them.
 * @param mostInMemory bytes of pixels above which they stay in the file
 * @throws DcganError ERR_DATA_…, and what reading a file throws.
 */
export async function readPacked(path: string, mostInMemory: number): Promise<PackedImages> {
  const { shape, data: pixels, inFile } = await readIdx(path, [4], undefined, mostInMemory);
  const images = { shape, pixels, ...(inFile && { inFile }) };
  const { classNames } = JSON.parse(await readFile(packedFiles(path).about, 'utf8')) as PackedImages;
  if (!classNames) return images;
  return { ...images, classNames, labels: await readPackedLabels(path) };
}

/** Labels of two bytes each. @throws DcganError ERR_DATA_…. */
export async function readPackedLabels(path: string): Promise<Uint16Array> {
  const { data, shape } = await readIdx(packedFiles(path).labels, [2]);
  return Uint16Array.from({ length: shape[0]! }, (_, i) => data[2 * i]! * 256 + data[2 * i + 1]!);
}
