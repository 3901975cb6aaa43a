import * as v from 'valibot';
import { DcganError } from '../errors.js';
import type { LabelInput } from '../network/arrays.js';
import { imageNumbers, sizeOf } from '../network/layers.js';
import { check, count, isImageSize, mostChannels } from '../options.js';
import { type ImageSource, mostLetters, sha256Of } from './images.js';

/** Images in memory, as `images` takes them. */
export interface ImageArrays {
  /** Where they come from, for people and for `config.json`. Default `images`. */
  readonly name?: string;
  /** [count, imageSize, imageSize, channels], 0 … 255. */
  readonly pixels: Uint8Array;
  /** Default: as many as the pixels are. */
  readonly count?: number;
  /** Rows of an image, and columns. Default 28. */
  readonly imageSize?: number;
  /** 1 for grey images, 3 for red, green and blue. Default 1. */
  readonly channels?: number;
  /** The class of each image, from 0. */
  readonly labels?: LabelInput;
  /** What the classes are called. */
  readonly classNames?: readonly string[];
  /** Of the pixels, in hexadecimal. Default: computed when they are first loaded. */
  readonly sha256?: string;
}

const schema = v.strictObject({
  name: v.optional(v.pipe(v.string(), v.maxLength(mostLetters)), 'images'),
  pixels: v.any(),
  count: v.optional(count(1, Number.MAX_SAFE_INTEGER)),
  imageSize: v.optional(v.pipe(v.number(), v.check(isImageSize, 'there are no networks for it')), 28),
  channels: v.optional(count(1, mostChannels), 1),
  labels: v.optional(v.custom<LabelInput>(() => true)),
  classNames: v.optional(v.array(v.string())),
  sha256: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/i, 'must be 64 hexadecimal digits'))),
});

/**
 * A source of images that are in memory. They are copied: the array may be used again at once.
 * @throws DcganError ERR_OPTION, ERR_SHAPE for anything but whole images of bytes, or another `count` of them; ERR_LABELS for
 * another count of labels.
 * @example
 * const { pixels } = await mnist().load();
 * const trainer = new GanTrainer({ data: images({ name: 'the first thousand', pixels: pixels.subarray(0, 1000 * 784) }) });
 */
export function images(given: ImageArrays): ImageSource {
  const { name, count, sha256, imageSize, channels, labels, classNames } = check(schema, given);
  const shape = [imageSize, imageSize, channels];
  const pixels = copyOf(given.pixels, count, shape);
  const size = imageNumbers({ imageSize, channels });
  const classes = labels === undefined ? null : copyOfLabels(labels, pixels.length / size);
  let digest = sha256 === undefined ? null : Promise.resolve(sha256);
  return {
    name,
    load: async () => {
      digest ??= sha256Of(pixels);
      return {
        name,
        count: pixels.length / size,
        pixels,
        ...(channels !== 1 && { channels }),
        sha256: await digest,
        ...(classes && { labels: async () => classes }),
        ...(classNames && { classNames }),
      };
    },
  };
}

function copyOf(pixels: Uint8Array, count: number | undefined, shape: readonly number[]): Uint8Array {
  // Not instanceof: arrays of another realm are as good.
  const kind = Object.prototype.toString.call(pixels).slice('[object '.length, -1);
  const found = kind === 'Uint8Array' ? `${pixels.length} numbers` : kind;
  const size = sizeOf(shape);
  const whole = kind === 'Uint8Array' && pixels.length > 0 && pixels.length % size === 0;
  if (whole && (count === undefined || pixels.length === count * size)) return new Uint8Array(pixels);
  const wanted = [count === undefined ? 'n' : String(count), ...shape.slice(0, shape[2] === 1 ? 2 : 3)].join(
    ' × ',
  );
  const said = `Option 'pixels' is wrong: it must be a Uint8Array of ${wanted} numbers from 0 to 255, not ${found}.`;
  throw new DcganError('ERR_SHAPE', said, { value: pixels });
}

function copyOfLabels(labels: LabelInput, count: number): Uint16Array {
  if (labels.length === count) return Uint16Array.from(labels);
  const said = `Option 'labels' is wrong: there are ${labels.length} for ${count} images. Give one for each.`;
  throw new DcganError('ERR_LABELS', said, { value: labels.length });
}
