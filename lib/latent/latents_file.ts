import { extname } from 'node:path';
import * as v from 'valibot';
import { encodeSafetensors } from '../checkpoint/safetensors.js';
import { DcganError } from '../errors.js';
import { writeFileAtomically } from '../files/atomic.js';
import type { SoftLabels } from './class_weights.js';
import { decodeNpy, encodeNpy } from './npy.js';
import { decodeFormat, readSmallFile } from './small_file.js';

/** Latent vectors as a file keeps them. */
export interface SavedLatents {
  /** [n, latentSize] */
  readonly latents: Float32Array;
  readonly latentSize: number;
  /** The class of each, or weights of all classes [n, classes]; null where there are none. */
  readonly labels: Int32Array | Float32Array | null;
  /** Tells the generator that they are of; null where the file does not say. */
  readonly generator: string | null;
}

const format = 'dcgan-native-latents';
const metadataSchema = v.object({
  format: v.literal(format),
  format_version: v.literal('1'),
  generator: v.optional(v.string()),
});

const known = {
  kind: 'latent vectors',
  remedy:
    'Name a .safetensors file that this program has written, or a .npy file of numbers [n, latentSize].',
};

const isNpy = (path: string): boolean => extname(path).toLowerCase() === '.npy';

/**
 * Writes latent vectors, whole or not at all: as safetensors, or for NumPy where the name ends in `.npy`, which keeps nothing but the
 * vectors.
 * @throws DcganError ERR_OUTPUT; ERR_SHAPE where the numbers are no whole vectors.
 * @example
 * const { latents, labels } = await generator.project(new Uint8Array(28 * 28));
 * await writeLatents('seven.safetensors', { latents, latentSize: 100, labels, generator: null });
 */
export async function writeLatents(path: string, saved: SavedLatents): Promise<void> {
  const shape = shapeOf(saved);
  const bytes = isNpy(path) ? encodeNpy({ data: saved.latents, shape }) : encodeLatents(saved);
  await writeFileAtomically(path, bytes);
}

/** Such a file, as safetensors, in pieces. @throws DcganError ERR_SHAPE where the numbers are no whole vectors. */
export function encodeLatents(saved: SavedLatents): Uint8Array[] {
  const { latents, labels, generator } = saved;
  const shape = shapeOf(saved);
  const metadata = { format, format_version: '1', ...(generator !== null && { generator }) };
  const state = { latents: { data: latents, shape }, ...(labels && labelTensor(labels, shape[0])) };
  return encodeSafetensors(state, metadata);
}

function shapeOf({ latents, latentSize }: SavedLatents): readonly [number, number] {
  const n = latents.length / latentSize;
  if (Number.isInteger(n)) return [n, latentSize];
  const said = `${latents.length} numbers are no latent vectors of ${latentSize} numbers each.`;
  throw new DcganError('ERR_SHAPE', said, { value: latents.length });
}

/** One number for each image where it has one class, else a row of weights. Float32 counts classes exactly. */
function labelTensor(labels: SoftLabels, n: number) {
  if (labels instanceof Float32Array) return { labels: { data: labels, shape: [n, labels.length / n] } };
  return { labels: { data: Float32Array.from(labels), shape: [n] } };
}

/**
 * Reads latent vectors that `writeLatents` has written, or NumPy.
 * @throws DcganError ERR_LATENTS when there are none, the file is damaged or of another kind, or a number is not finite.
 * @example
 * const { latents } = await readLatents('seven.safetensors');
 * const { data } = await generator.generate(1, { noise: latents });
 */
export async function readLatents(path: string): Promise<SavedLatents> {
  return readSmallFile(path, known, (bytes) => finite(isNpy(path) ? ofNpy(bytes) : ofSafetensors(bytes)));
}

function ofNpy(bytes: Uint8Array): SavedLatents {
  const { data, shape } = decodeNpy(bytes);
  if (shape.length < 1 || shape.length > 2) throw new Error(`it is an array of ${shape.length} dimensions`);
  return { latents: data, latentSize: shape.at(-1)!, labels: null, generator: null };
}

function ofSafetensors(bytes: Uint8Array): SavedLatents {
  const { metadata, state } = decodeFormat(bytes, format, metadataSchema);
  const { latents, labels } = state;
  if (latents?.shape.length !== 2) throw new Error("it has no tensor 'latents' of two dimensions");
  if (labels && labels.shape[0] !== latents.shape[0]) throw new Error('it has labels of other vectors');
  return {
    latents: latents.data.slice(),
    latentSize: latents.shape[1]!,
    labels: labels ? (labels.shape.length === 1 ? Int32Array.from(labels.data) : labels.data.slice()) : null,
    generator: metadata.generator ?? null,
  };
}

function finite(saved: SavedLatents): SavedLatents {
  if (saved.latents.length === 0) throw new Error('it is empty');
  const other = saved.latents.find((number) => !Number.isFinite(number));
  if (other !== undefined) throw new Error(`it holds ${other}, and latent vectors are finite numbers`);
  return saved;
}

/**
 * The same, where they are of this generator, or do not say of which.
 * @throws DcganError ERR_LATENTS.
 */
export async function latentsIn(path: string, latentSize: number, generator: string): Promise<SavedLatents> {
  const saved = await readLatents(path);
  const refuse = (why: string) =>
    new DcganError('ERR_LATENTS', `${path} cannot be used here: ${why}. Name a file of this generator.`, {
      value: path,
    });
  if (saved.latentSize !== latentSize) {
    throw refuse(
      `its latent vectors have ${saved.latentSize} numbers, and this generator takes ${latentSize}`,
    );
  }
  if (saved.generator === null || saved.generator === generator) return saved;
  throw refuse('its latent vectors are of another generator, of which this one draws something else');
}
