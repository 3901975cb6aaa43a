import * as v from 'valibot';
import { checkpointFile, seed, whole } from './schemas.js';

/** Bytes of a body: a picture and a mask of 256×256 pixels, or some dozens of long latent vectors, take less. */
export const longestBody = 1 << 20;

/** Latent vectors at once: of a strip, or of answers. */
const mostLatents = 64;

/** Arrays travel as their bytes in base64, which JSON parses quickly, and which changes no number. */
const bytes = v.pipe(
  v.string(),
  v.base64('an array is not in base64'),
  v.transform((text) => Uint8Array.from(Buffer.from(text, 'base64'))),
);
const floats = v.pipe(
  bytes,
  v.check(({ length }) => length > 0 && length % 4 === 0, 'latent vectors are not whole'),
  v.transform(({ buffer }) => new Float32Array(buffer)),
);

const checkpoint = { checkpoint: checkpointFile };
/** Latent vectors [n, latentSize], and the class of each where the model knows classes. */
const vectors = {
  ...checkpoint,
  latents: floats,
  labels: v.nullable(v.pipe(v.array(whole(0, 1e6)), v.maxLength(mostLatents))),
};
const way = {
  ...vectors,
  frames: whole(2, 240),
  mode: v.picklist(['spherical', 'linear']),
  closed: v.boolean(),
};
/** Pixels 0 … 255, [S, S, C]: a browser has decoded and scaled them. */
const picture = { ...checkpoint, picture: bytes, label: v.nullable(whole(0, 1e6)), seed };

/** What can be asked of a checkpoint's latent space, by the last part of the address. */
export const latentRequests = {
  model: v.strictObject(checkpoint),
  seeds: v.strictObject({
    ...checkpoint,
    seeds: v.pipe(v.array(seed), v.minLength(1), v.maxLength(mostLatents)),
  }),
  draw: v.strictObject(vectors),
  frames: v.strictObject(way),
  film: v.strictObject({
    ...way,
    fps: v.pipe(v.number(), v.minValue(1), v.maxValue(50)),
  }),
  file: v.strictObject(vectors),
  project: v.strictObject(picture),
  inpaint: v.strictObject({ ...picture, mask: bytes, answers: whole(1, 16) }),
} as const;

export type LatentTool = keyof typeof latentRequests;
export type LatentRequest<T extends LatentTool> = v.InferOutput<(typeof latentRequests)[T]>;
