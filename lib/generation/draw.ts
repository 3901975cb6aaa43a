import * as v from 'valibot';
import type { NativeLatents } from '../native/bindings.js';
import { native } from '../native/errors.js';
import { type ImageBatch, imageShape, noiseOf } from '../network/arrays.js';
import { check } from '../options.js';

/** What a `generate` draws from. */
export interface GenerateOptions {
  /** Decides the latent vectors: the same seed draws the same images. Default: the model's seed. */
  readonly seed?: number;
  /** The latent vectors themselves, [count, latentSize], instead of a seed. */
  readonly noise?: Float32Array;
}

const schema = v.strictObject({
  count: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100_000)),
  seed: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER))),
  noise: v.optional(v.any()),
});

/**
 * What the options of a public `generate` draw from; arrays are copied.
 * @throws DcganError ERR_OPTION, ERR_SHAPE, ERR_VALUE.
 */
export function latentsOf(
  count: number,
  options: GenerateOptions,
  model: { readonly seed: number; readonly latentSize: number },
): NativeLatents {
  const { seed = model.seed } = check(schema, { count, ...options });
  return { count, from: options.noise ? noiseOf(options.noise, count, model.latentSize) : seed };
}

/** Draws images of `latents` with `draw`. @throws DcganError as native code says. */
export async function generate(
  latents: NativeLatents,
  draw: (latents: NativeLatents) => Promise<Float32Array>,
): Promise<ImageBatch> {
  const data = await native(() => draw(latents));
  return { data, shape: imageShape(latents.count) };
}
