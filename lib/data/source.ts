import { DcganError } from '../errors.js';
import { isImageSize, mostChannels } from '../options.js';
import { type ImageSource, type Images, mostLetters, sha256Of, type WantedImages } from './images.js';

/** Images that were looked at. */
export interface LoadedImages extends Images {
  /** Rows of an image, and columns. */
  readonly imageSize: number;
  readonly channels: number;
  /** In lower case. */
  readonly sha256: string;
}

/**
 * Loads the images of a source, and looks at what it gives: it may be the caller's own.
 * @throws DcganError ERR_DATA_FORMAT when what it gives are no such images, ERR_DATA_NOT_FOUND when it throws; a DcganError
 * that it throws as it is.
 */
export async function loadSource(source: ImageSource, wanted: WantedImages = {}): Promise<LoadedImages> {
  const images = await load(source, wanted);
  const given = Object(images) as Partial<Images>;
  const {
    name = source.name,
    count,
    pixels,
    inFile,
    sha256,
    channels = 1,
    labels,
    classNames,
    notices,
  } = given;
  const refuse = (what: string, value: unknown) => {
    const said = `The image source '${String(name)}' gave ${what}. Give { name, count, pixels: Uint8Array of count × size × size × channels, channels, sha256 }.`;
    return new DcganError('ERR_DATA_FORMAT', said, { value });
  };
  if (typeof images !== 'object' || images === null) throw refuse(`${images} in place of images`, images);
  if (typeof name !== 'string' || name.length > mostLetters)
    throw refuse('a name that is no short text', name);
  if (!Number.isSafeInteger(count) || (count as number) < 1)
    throw refuse(`a count of ${String(count)}`, count);
  // Not instanceof: arrays of another realm are as good.
  if (Object.prototype.toString.call(pixels) !== '[object Uint8Array]') {
    throw refuse('pixels that are no Uint8Array', pixels);
  }
  if (!Number.isSafeInteger(channels) || channels < 1 || channels > mostChannels)
    throw refuse(`${channels} channels`, channels);
  if (inFile !== undefined && !isInFile(inFile))
    throw refuse('no { path, offset, bytes, sha256 } as inFile', inFile);
  const bytes = pixels as Uint8Array;
  const length = inFile?.bytes ?? bytes.length;
  const imageSize = Math.sqrt(length / (count as number) / channels);
  if (!isImageSize(imageSize)) {
    const of = channels === 1 ? '' : ` of ${channels} channels`;
    throw refuse(
      `${length} pixels for ${count} images${of}, which are no squares that there are networks for`,
      length,
    );
  }
  if (sha256 !== undefined && !(typeof sha256 === 'string' && /^[0-9a-f]{64}$/i.test(sha256))) {
    throw refuse(`a sha256 that is not 64 hexadecimal digits (${JSON.stringify(sha256)})`, sha256);
  }
  const digest = sha256?.toLowerCase() ?? inFile?.sha256 ?? (await sha256Of(bytes));
  return {
    name,
    count: count as number,
    pixels: bytes,
    ...(inFile && { inFile }),
    sha256: digest,
    imageSize,
    channels,
    ...(labels && { labels }),
    ...(classNames && { classNames }),
    ...(notices && { notices }),
  };
}

function isInFile(given: unknown): boolean {
  const { path, offset, bytes, sha256 } = Object(given) as Record<string, unknown>;
  return (
    typeof path === 'string' &&
    [offset, bytes].every((number) => Number.isSafeInteger(number) && (number as number) >= 0) &&
    typeof sha256 === 'string' &&
    /^[0-9a-f]{64}$/.test(sha256)
  );
}

async function load(source: ImageSource, wanted: WantedImages): Promise<unknown> {
  try {
    return await source.load(wanted);
  } catch (cause) {
    if (cause instanceof DcganError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    const said = `The image source '${source.name}' could not be loaded: ${reason.replace(/\.$/, '')}. Its load() threw that: mend it, or name other data.`;
    throw new DcganError('ERR_DATA_NOT_FOUND', said, { value: source.name, cause });
  }
}
