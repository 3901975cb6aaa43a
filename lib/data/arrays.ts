import * as v from 'valibot';
import { DcganError } from '../errors.js';
import { imagePixels, imageSide } from '../network/arrays.js';
import { check, count } from '../options.js';
import { type ImageSource, mostLetters, sha256Of } from './images.js';

/** Images in memory, as `images` takes them. */
export interface ImageArrays {
  /** Where they come from, for people and for `config.json`. Default `images`. */
  readonly name?: string;
  /** [count, 28, 28], 0 … 255. */
  readonly pixels: Uint8Array;
  /** Default: as many as the pixels are. */
  readonly count?: number;
  /** Of the pixels, in hexadecimal. Default: computed when they are first loaded. */
  readonly sha256?: string;
}

const schema = v.strictObject({
  name: v.optional(v.pipe(v.string(), v.maxLength(mostLetters)), 'images'),
  pixels: v.any(),
  count: v.optional(count(1, Number.MAX_SAFE_INTEGER)),
  sha256: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/i, 'must be 64 hexadecimal digits'))),
});

/**
 * A source of images that are in memory. They are copied: the array may be used again at once.
 * @throws DcganError ERR_OPTION, ERR_SHAPE for anything but whole 28×28 images of bytes, or another `count` of them.
 * @example
 * const { pixels } = await mnist().load();
 * const trainer = new GanTrainer({ data: images({ name: 'the first thousand', pixels: pixels.subarray(0, 1000 * 784) }) });
 */
export function images(given: ImageArrays): ImageSource {
  const { name, count, sha256 } = check(schema, given);
  const pixels = copyOf(given.pixels, count);
  let digest = sha256 === undefined ? null : Promise.resolve(sha256);
  return {
    name,
    load: async () => {
      digest ??= sha256Of(pixels);
      return { name, count: pixels.length / imagePixels, pixels, sha256: await digest };
    },
  };
}

function copyOf(pixels: Uint8Array, count: number | undefined): Uint8Array {
  // Not instanceof: arrays of another realm are as good.
  const kind = Object.prototype.toString.call(pixels).slice('[object '.length, -1);
  const found = kind === 'Uint8Array' ? `${pixels.length} numbers` : kind;
  const wanted = count === undefined ? 'n' : String(count);
  const whole = kind === 'Uint8Array' && pixels.length > 0 && pixels.length % imagePixels === 0;
  if (whole && (count === undefined || pixels.length === count * imagePixels)) return new Uint8Array(pixels);
  const said = `Option 'pixels' is wrong: it must be a Uint8Array of ${wanted} × ${imageSide} × ${imageSide} numbers from 0 to 255, not ${found}.`;
  throw new DcganError('ERR_SHAPE', said, { value: pixels });
}
