import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DcganError } from '../errors.js';
import { packageCache } from '../files/cache.js';
import { decodePictures, type PictureShape, type Unreadable } from './decode.js';
import { type PackedImages, packedFiles, readPacked, writePacked } from './packed.js';
import type { ResolvedPictureOptions } from './picture_options.js';

/** A folder of pictures that is to be read. */
export interface PictureRequest {
  readonly folder: string;
  readonly shape: PictureShape;
  readonly options: ResolvedPictureOptions;
  /** Names of files that were looked for before, for whoever named the wrong folder. */
  readonly lookedFor?: readonly string[];
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
 * where one has no folder to name its class, ERR_SETUP when sharp does not load.
 */
export async function readPictures(request: PictureRequest): Promise<PictureImages> {
  const { folder, options, lookedFor = [] } = request;
  const paths = await picturePaths(folder, lookedFor);
  const kept = join(packageCache(), 'pictures', await keyOf(request, paths));
  const cached = await fromCache(kept);
  const images = cached ?? (await decoded(request, paths));
  checkUnreadable(folder, images, options.maxUnreadable);
  // A cache that cannot be written costs the time of decoding again, and nothing else.
  if (!cached) await writePacked(kept, images, { unreadable: images.unreadable }).catch(() => undefined);
  return images;
}

async function decoded(
  { folder, shape, options, onProgress }: PictureRequest,
  paths: readonly string[],
): Promise<PictureImages> {
  const {
    pixels,
    paths: read,
    unreadable,
  } = await decodePictures(folder, paths, shape, options, (done) => onProgress?.(done, paths.length));
  const { imageSize, channels } = shape;
  const images = { shape: [read.length, imageSize, imageSize, channels], pixels, unreadable };
  return options.labels === 'folder' ? { ...images, ...classesOf(folder, read) } : images;
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

async function picturePaths(folder: string, lookedFor: readonly string[]): Promise<string[]> {
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

async function fromCache(path: string): Promise<PictureImages | null> {
  try {
    const { unreadable = [] } = JSON.parse(await readFile(packedFiles(path).about, 'utf8')) as PictureImages;
    return { ...(await readPacked(path)), unreadable };
  } catch {
    return null;
  }
}

function checkUnreadable(folder: string, { unreadable, pixels }: PictureImages, most: number): void {
  if (unreadable.length <= most && pixels.length > 0) return;
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
