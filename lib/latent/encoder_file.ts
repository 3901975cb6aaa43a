import * as v from 'valibot';
import { encodeSafetensors } from '../checkpoint/safetensors.js';
import { writeFileAtomically } from '../files/atomic.js';
import { encoderTensors, type TensorState, wrongAmong } from '../network/state.js';
import {
  count,
  isImageSize,
  type ModelOptions,
  mostChannels,
  mostClasses,
  resolveOptions,
} from '../options.js';
import { decodeFormat, readSmallFile } from './small_file.js';

/** A network that guesses of images which latent vectors a generator drew them from. */
export interface Encoder {
  /** Of the generator: `digestOf` its tensors. */
  readonly generator: string;
  readonly imageSize: number;
  readonly channels: number;
  readonly latentSize: number;
  readonly classes: number;
  /** Width of its convolutions. */
  readonly features: number;
  /** The tensors `encoder.…`. */
  readonly state: TensorState;
}

/** What an encoder's file is called, where it is looked for beside a generator. */
export const encoderName = 'encoder.safetensors';

const format = 'dcgan-native-encoder';

const metadataSchema = v.object({
  format: v.literal(format),
  format_version: v.literal('1'),
  generator: v.string(),
  network: v.pipe(
    v.string(),
    v.parseJson(),
    v.strictObject({
      imageSize: v.pipe(v.number(), v.check(isImageSize)),
      channels: count(1, mostChannels),
      latentSize: count(1, 4096),
      classes: count(0, mostClasses),
      features: count(1, 1024),
    }),
  ),
});

/** The options of a network of an encoder's sizes, as native code wants them. */
export function encoderOptions(
  encoder: Omit<Encoder, 'generator' | 'state'>,
  more: Partial<ModelOptions> = {},
): ModelOptions {
  const { imageSize, channels, latentSize, classes, features } = encoder;
  const sizes = { imageSize, channels, latentSize, features };
  return resolveOptions({ seed: 1, ...more, ...sizes, ...(classes > 0 && { classes, conditional: true }) });
}

/** Writes an encoder, in half precision. @throws DcganError ERR_OUTPUT. */
export async function writeEncoder(path: string, { generator, state, ...network }: Encoder): Promise<void> {
  const metadata = { format, format_version: '1', generator, network: JSON.stringify(network) };
  await writeFileAtomically(path, encodeSafetensors(state, metadata, 'F16'));
}

const known = { kind: 'an encoder', remedy: 'Make one: npx dcgan-native encoder train.' };

/** @throws DcganError ERR_LATENTS when there is none, or it is damaged. */
export async function readEncoder(path: string): Promise<Encoder> {
  return readSmallFile(path, known, (bytes) => {
    const { metadata, state } = decodeFormat(bytes, format, metadataSchema);
    const { generator, network } = metadata;
    const wrong = wrongAmong(state, encoderTensors(encoderOptions(network)));
    if (wrong !== null) throw new Error(wrong);
    return { generator, ...network, state };
  });
}
