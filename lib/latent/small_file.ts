import * as v from 'valibot';
import { decodeSafetensors } from '../checkpoint/safetensors.js';
import { DcganError } from '../errors.js';
import { isMissing } from '../files/missing.js';
import { openRegular } from '../files/regular.js';
import { sizeText } from '../files/size.js';
import type { TensorState } from '../network/state.js';

/** Bytes of the largest file of latent vectors or of directions: a hundred thousand vectors of 640 numbers. */
const mostBytes = 256e6;

/**
 * The bytes of a file that somebody names, and that may be anything.
 * @param kind what it should be, with its article: `a file of directions`
 * @param remedy what to do, as a sentence
 * @param decode makes something of it; what it throws is the reason of a refusal, without a full stop
 * @throws DcganError ERR_LATENTS when it is not there, no file, too large, or not what it should be.
 */
export async function readSmallFile<T>(
  path: string,
  { kind, remedy }: { readonly kind: string; readonly remedy: string },
  decode: (bytes: Uint8Array) => T,
): Promise<T> {
  try {
    return decode(await bytesOf(path));
  } catch (cause) {
    const why = isMissing(cause) ? 'there is no such file' : (cause as Error).message.replace(/\.$/, '');
    const said = `${path} cannot be used as ${kind}: ${why}. ${remedy}`;
    throw new DcganError('ERR_LATENTS', said, { value: path, cause });
  }
}

/**
 * What safetensors of one of this program's formats hold: the metadata as `schema` has them, and the tensors.
 * @throws Error which says what is wrong, without the file's name and without a full stop.
 */
export function decodeFormat<const S extends v.GenericSchema>(
  bytes: Uint8Array,
  format: string,
  schema: S,
): { readonly metadata: v.InferOutput<S>; readonly state: TensorState } {
  const { metadata, state } = decodeSafetensors(bytes);
  if (metadata.format !== format) throw new Error('it is a file of another kind');
  const { success, output } = v.safeParse(schema, metadata);
  if (!success) throw new Error('it is of another version of this program, or damaged');
  return { metadata: output, state };
}

async function bytesOf(path: string): Promise<Uint8Array> {
  const { file, size } = await openRegular(path, (found) => new Error(`it is a ${found}`));
  try {
    if (size > mostBytes) throw new Error(`it is larger than ${sizeText(mostBytes)}`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}
