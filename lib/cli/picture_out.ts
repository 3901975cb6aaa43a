import { DcganError } from '../errors.js';
import { writeFileAtomically } from '../files/atomic.js';
import type { TileOptions } from '../image/grid.js';
import { encodePicture } from '../image/picture.js';
import { batchShape, type ImageShape } from '../network/arrays.js';
import { imageNumbers } from '../network/layers.js';
import { refuseTaken } from './export.js';

/** @throws DcganError ERR_OPTION for a name that is none of a PNG; unless `force`, ERR_OUTPUT_EXISTS when there is anything. */
export async function checkPicturePath(out: string, force = false): Promise<void> {
  if (!/\.png$/i.test(out)) {
    const said = `Option 'out' is wrong: pictures are PNG, so the name must end in .png, received ${out}.`;
    throw new DcganError('ERR_OPTION', said, { value: out });
  }
  if (!force) await refuseTaken(out);
}

/** Writes images [n, S, S, C] as one picture, whole or not at all. @throws DcganError ERR_OUTPUT, ERR_OPTION, ERR_SETUP. */
export async function writePicture(
  out: string,
  data: Float32Array,
  image: ImageShape,
  layout: TileOptions,
): Promise<void> {
  const images = { data, shape: batchShape(data.length / imageNumbers(image), image) };
  await writeFileAtomically(out, [await encodePicture(images, layout)]);
}
