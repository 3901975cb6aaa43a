import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as v from 'valibot';
import { decodeSafetensors, encodeSafetensors } from '../checkpoint/safetensors.js';
import { DcganError } from '../errors.js';
import { writeFileAtomically } from '../files/atomic.js';
import { classifierTensors, type TensorState, wrongAmong } from '../network/state.js';
import { isImageSize, type ModelOptions, mostChannels, mostClasses, resolveOptions } from '../options.js';

/** A network that tells of images what they are of, and describes each by the numbers that lead it to that. */
export interface Classifier {
  readonly name: string;
  /** Of its file, in hexadecimal. */
  readonly sha256: string;
  readonly imageSize: number;
  readonly channels: number;
  /** Width of its convolutions. */
  readonly features: number;
  readonly classes: number;
  readonly classNames?: readonly string[];
  /** What it was trained on. */
  readonly data: string;
  /** Share of images that it was not trained on whose class it tells. */
  readonly accuracy: number;
  readonly state: TensorState;
}

/** What decides a classifier's tensors. */
type Shaping = Pick<Classifier, 'imageSize' | 'channels' | 'features' | 'classes'>;

/** The classifier of the package, for digits: `features train --data mnist` with `--seed 1` made it. */
export const digitsClassifier = join(
  __dirname,
  '..',
  '..',
  'lib',
  'evaluation',
  'mnist-classifier-1.safetensors',
);

const format = 'dcgan-native-classifier';

const jsonOf = <S extends v.GenericSchema>(schema: S) => v.pipe(v.string(), v.parseJson(), schema);
const whole = (most: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(most));

const metadataSchema = v.object({
  format: v.literal(format),
  format_version: v.literal('1'),
  network: jsonOf(
    v.strictObject({
      imageSize: v.pipe(v.number(), v.check(isImageSize)),
      channels: whole(mostChannels),
      features: whole(1024),
      classes: whole(mostClasses),
    }),
  ),
  class_names: v.optional(jsonOf(v.array(v.string()))),
  data: v.string(),
  accuracy: jsonOf(v.number()),
});

/** The options of a model that has the sizes of a classifier, as native code wants them. */
export function classifierOptions(
  { imageSize, channels, features, classes }: Shaping,
  more: Partial<ModelOptions> = {},
): ModelOptions {
  return resolveOptions({ seed: 1, ...more, imageSize, channels, features, classes, conditional: true });
}

/** Writes a classifier, in half precision. @throws DcganError ERR_OUTPUT. */
export async function writeClassifier(
  path: string,
  classifier: Omit<Classifier, 'name' | 'sha256'>,
): Promise<void> {
  const { imageSize, channels, features, classes, classNames, data, accuracy, state } = classifier;
  const metadata = {
    format,
    format_version: '1',
    network: JSON.stringify({ imageSize, channels, features, classes }),
    ...(classNames && { class_names: JSON.stringify(classNames) }),
    data,
    accuracy: String(accuracy),
  };
  await writeFileAtomically(path, encodeSafetensors(state, metadata, 'F16'));
}

/** @throws DcganError ERR_FEATURES when there is none, or it is damaged. */
export async function readClassifier(path: string): Promise<Classifier> {
  const refuse = (why: string, cause?: unknown) => {
    const said = `${path} cannot be used to describe images: ${why}. Name a file that npx dcgan-native features train made.`;
    return new DcganError('ERR_FEATURES', said, { value: path, cause });
  };
  const bytes = await readFile(path).catch((cause: Error) => {
    throw refuse(`it cannot be read (${cause.message})`, cause);
  });
  try {
    const { metadata, state } = decodeSafetensors(bytes);
    if (metadata.format !== format) throw refuse('it is a file of another kind');
    const { network, class_names, data, accuracy } = v.parse(metadataSchema, metadata);
    const wrong = wrongAmong(state, classifierTensors(classifierOptions(network)));
    if (wrong !== null) throw refuse(wrong);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const name = basename(path).replace(/\.safetensors$/, '');
    return {
      name,
      sha256,
      ...network,
      ...(class_names && { classNames: class_names }),
      data,
      accuracy,
      state,
    };
  } catch (error) {
    if (error instanceof DcganError && error.code === 'ERR_FEATURES') throw error;
    throw refuse((error as Error).message.replace(/\.$/, ''), error);
  }
}
