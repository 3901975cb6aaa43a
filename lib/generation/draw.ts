import * as v from 'valibot';
import type { NativeCore } from '../native/bindings.js';
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
 * Draws images with `draw` from the options of a public `generate`.
 * @throws DcganError ERR_OPTION, ERR_SHAPE.
 */
export async function generate(
  count: number,
  options: GenerateOptions,
  model: { readonly core: NativeCore; readonly seed: number; readonly latentSize: number },
  draw: (noise: Float32Array, count: number) => Promise<Float32Array>,
): Promise<ImageBatch> {
  const { seed = model.seed } = check(schema, { count, ...options });
  const noise = options.noise
    ? noiseOf(options.noise, count, model.latentSize)
    : model.core.latentVectors(seed, count, model.latentSize);
  const data = await native(() => draw(noise, count));
  return { data, shape: imageShape(count) };
}
