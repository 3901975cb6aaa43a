import { createReadStream } from 'node:fs';
import * as v from 'valibot';
import { check, isImageSize } from '../options.js';
import type { PictureFolderOptions } from './folder_name.js';
import { pixelMemory } from './memory.js';
import { writePacked } from './packed.js';
import { resolvePictureOptions } from './picture_options.js';
import { listOf, readPictures } from './pictures.js';

/** What a folder is packed as. */
interface PackOptions extends PictureFolderOptions {
  readonly imageSize?: number;
  readonly channels?: number;
}

const shapeSchema = v.object({
  imageSize: v.optional(v.pipe(v.number(), v.check(isImageSize, 'there are no networks for it')), 64),
  channels: v.optional(v.picklist([1, 3]), 3),
});

/**
 * Packs the pictures of a folder into one IDX file, with labels beside it where they are asked for.
 * @throws DcganError ERR_OPTION, ERR_DATA_…, ERR_LABELS, ERR_OUTPUT, ERR_SETUP.
 */
export async function packPictures(
  folder: string,
  out: string,
  { imageSize, channels, ...given }: PackOptions,
  onProgress: (done: number, of: number) => void,
) {
  const shape = check(shapeSchema, { imageSize, channels });
  const options = resolvePictureOptions(given);
  const images = await readPictures({ folder, shape, options, onProgress, mostInMemory: pixelMemory() });
  const { inFile } = images;
  const pixels = inFile ? createReadStream(inFile.path, { start: inFile.offset }) : [images.pixels];
  await writePacked(out, { ...images, pixels });
  const { unreadable, classNames } = images;
  const said = `${unreadable.length} pictures cannot be read and are left out: ${listOf(unreadable)}.`;
  const [count, ...each] = images.shape;
  return { count: count!, shape: each, classNames, notices: unreadable.length > 0 ? [said] : [] };
}
