import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DcganError } from '../errors.js';
import { packageCache } from '../files/cache.js';
import { imageNumbers } from '../network/layers.js';
import { decodePictures, type PictureShape, type Unreadable } from './decode.js';
import { type PackedImages, packedFiles, readPacked, writePacked } from './packed.js';
import type { ResolvedPictureOptions } from './picture_options.js';
import { type PixelRows, rowsInFile, rowsInMemory } from './pixel_rows.js';

/** A folder of pictures that is to be read. */
export interface PictureRequest {
  readonly folder: string;
  readonly shape: PictureShape;
  readonly options: ResolvedPictureOptions;
  /** Names of files that were looked for before, for whoever named the wrong folder. */
  readonly lookedFor?: readonly string[];
  /** Bytes of pixels above which they stay in the cache's file. Default: none do. */
  readonly mostInMemory?: number | undefined;
  /** Told how many of how many are decoded. */
  readonly onProgress?: ((done: number, of: number) => void) | undefined;
}

/** Images of a folder, and which of its pictures are not among them. */
export interface PictureImages extends PackedImages {
  readonly unreadable: readonly Unreadable[];
}

const suffixes = /\.(png|jpe?g|webp|avif)$/i;
/** Another number where what is in the cache is made in another way. */
const cacheVersion = 1;

/**
 * The pictures of a folder and of those within, in the order of their names, as images of one size. What was decoded once is
 * kept in the user's cache directory for as long as none of the pictures changes.
 * @throws DcganError ERR_DATA_NOT_FOUND where there are no pictures, ERR_DATA_FORMAT where too many cannot be read, ERR_LABELS
 * where one has no folder to name its class, ERR_SETUP when sharp does not load, ERR_OUT_OF_MEMORY; ERR_OUTPUT where they are
 * too many for memory and the cache cannot be written.
 */
export async function readPictures(request: PictureRequest): Promise<PictureImages> {
  const { folder, shape, options, lookedFor = [], mostInMemory = Number.POSITIVE_INFINITY } = request;
  const paths = await picturePaths(folder, lookedFor);
  const kept = join(packageCache(), 'pictures', await keyOf(request, paths));
  const cached = await fromCache(kept, mostInMemory);
  if (cached) {
    checkUnreadable(folder, cached.unreadable, cached.shape[0]!, options.maxUnreadable);
    return cached;
  }
  const rowBytes = imageNumbers(shape);
  if (paths.length * rowBytes <= mostInMemory) {
    const rows = rowsInMemory(paths.length, rowBytes, folder);
    const { images, read, unreadable } = await decoded(request, paths, rows);
    const pixels = rows.together(read);
    // A cache that cannot be written costs the time of decoding again, and nothing else.
    await writePacked(kept, { ...images, pixels: [pixels] }, { unreadable }).catch(() => undefined);
    return { ...images, pixels, unreadable };
  }
  const rows = await rowsInFile(kept, rowBytes);
  try {
    const { images, read, unreadable } = await decoded(request, paths, rows);
    await writePacked(kept, { ...images, pixels: rows.take(read) }, { unreadable });
    return { ...(await readPacked(kept, mostInMemory)), unreadable };
  } finally {
    await rows.close();
  }
}

/** The images without their pixels, which `rows` take, and what became of the pictures. */
async function decoded(request: PictureRequest, paths: readonly string[], rows: PixelRows) {
  const { folder, shape, options, onProgress } = request;
  const told = (done: number) => onProgress?.(done, paths.length);
  const result = await decodePictures(folder, paths, shape, options, rows, told);
  checkUnreadable(folder, result.unreadable, result.read.length, options.maxUnreadable);
  const read = result.read.map((i) => paths[i]!);
  const { imageSize, channels } = shape;
  const images = {
    shape: [read.length, imageSize, imageSize, channels],
    ...(options.labels === 'folder' && classesOf(folder, read)),
  };
  return { images, ...result };
}

/** The first folder on the way to a picture is its class. */
function classesOf(folder: string, paths: readonly string[]) {
  const names = paths.map((path) => {
    const [name, ...rest] = path.split('/');
    if (rest.length > 0) return name!;
    const said = `${join(folder, path)} is in no folder that could name its class. Put it into one, or leave labels out.`;
    throw new DcganError('ERR_LABELS', said, { value: path });
  });
  const classNames = [...new Set(names)].sort();
  const numbers = new Map(classNames.map((name, i) => [name, i]));
  return { labels: Uint16Array.from(names, (name) => numbers.get(name)!), classNames };
}

export async function picturePaths(folder: string, lookedFor: readonly string[]): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause: Error) => {
    throw new DcganError('ERR_DATA_NOT_FOUND', `${folder} cannot be read (${cause.message}).`, {
      value: folder,
      cause,
    });
  });
  const paths = found
    .filter((entry) => entry.isFile() && suffixes.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(join(folder, '/').length).replaceAll('\\', '/'))
    .sort();
  if (paths.length > 0) return paths;
  const others = lookedFor.length > 0 ? `, and none of ${lookedFor.join(', ')}` : '';
  const said = `The directory ${folder} holds no pictures (PNG, JPEG, WebP or AVIF)${others}. Name one that does.`;
  throw new DcganError('ERR_DATA_NOT_FOUND', said, { value: folder });
}

/** A digest of everything that the images follow from. */
async function keyOf({ folder, shape, options }: PictureRequest, paths: readonly string[]): Promise<string> {
  const { maxUnreadable: _, ...deciding } = options;
  const hash = createHash('sha256').update(JSON.stringify([cacheVersion, shape, deciding]));
  for (const path of paths) {
    const { size, mtimeMs } = await stat(join(folder, path));
    hash.update(JSON.stringify([path, size, mtimeMs]));
  }
  return `${hash.digest('hex').slice(0, 32)}.idx`;
}

async function fromCache(path: string, mostInMemory: number): Promise<PictureImages | null> {
  try {
    const { unreadable = [] } = JSON.parse(await readFile(packedFiles(path).about, 'utf8')) as PictureImages;
    return { ...(await readPacked(path, mostInMemory)), unreadable };
  } catch {
    return null;
  }
}

function checkUnreadable(
  folder: string,
  unreadable: readonly Unreadable[],
  count: number,
  most: number,
): void {
  if (unreadable.length <= most && count > 0) return;
  const [which, remedy] =
    unreadable.length > most
      ? [`more than the ${most} that are allowed`, ', or allow more with maxUnreadable']
      : ['which are all', ''];
  const said = `${unreadable.length} pictures of ${folder} cannot be read, ${which}: ${listOf(unreadable)}. Mend or remove them${remedy}.`;
  throw new DcganError('ERR_DATA_FORMAT', said, { value: unreadable });
}

/** The first of them, with their reasons. */
export function listOf(unreadable: readonly Unreadable[]): string {
  const shown = unreadable.slice(0, 5).map(({ path, reason }) => `${path} (${reason})`);
  const more = unreadable.length - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
}
