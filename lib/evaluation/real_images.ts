import { basename, dirname, join } from 'node:path';
import { type ImageSource, idx, imageSource, mnist } from '../data/images.js';
import { type LoadedImages, loadSource } from '../data/source.js';
import { DcganError } from '../errors.js';
import { isFile } from '../files/is_there.js';
import type { ImageShape } from '../network/arrays.js';
import type { RealImages } from './evaluator.js';

/**
 * The images that a model is to imitate, and others of the kind, where there are some: those of `test`, of MNIST its test
 * images, of an IDX file those of its kin's name beside it.
 * @throws DcganError ERR_DATA_….
 */
export async function loadReal(
  source: ImageSource,
  test: string | ImageSource | undefined,
  image: ImageShape,
): Promise<RealImages> {
  const training = await loadSource(source, { ...image, mostInMemory });
  const other = test === undefined ? await testOf(source) : imageSource(test);
  return {
    training: checked(training, image),
    test: other && checked(await loadSource(other, image), image),
  };
}

/** Bytes of pixels above which those of a plain file stay there: some ten thousand images are looked at. */
export const mostInMemory = 2 ** 28;

function checked(images: LoadedImages, { imageSize, channels }: ImageShape): LoadedImages {
  if (images.imageSize === imageSize && images.channels === channels) return images;
  const shape = (size: number, of: number) => `${size}×${size} of ${of} channels`;
  const said = `${images.name} holds images of ${shape(images.imageSize, images.channels)}, and what is evaluated is ${shape(imageSize, channels)}. Name images of that shape.`;
  throw new DcganError('ERR_DATA_SHAPE', said, { value: images.name });
}

async function testOf({ name }: ImageSource): Promise<ImageSource | null> {
  if (name === 'mnist') return mnist({ split: 'test' });
  if (typeof name !== 'string') return null;
  const inDirectory = ['', '.gz'].flatMap((end) =>
    ['t10k-images-idx3-ubyte', 't10k-images.idx3-ubyte'].map((file) => join(name, file + end)),
  );
  const kin = basename(name).replace(/^train-images/, 't10k-images');
  const beside = kin === basename(name) ? [] : [join(dirname(name), kin)];
  for (const path of [...inDirectory, ...beside]) if (await isFile(path)) return idx(path);
  return null;
}
