import * as v from 'valibot';
import type { NativeLatents } from '../native/bindings.js';
import { native } from '../native/errors.js';
import {
  batchShape,
  eachInTurn,
  type ImageBatch,
  type LabelInput,
  labelsOf,
  noiseOf,
  oneForEach,
} from '../network/arrays.js';
import { check, type ModelOptions } from '../options.js';

/** What a `generate` draws from. */
export interface GenerateOptions {
  /** Decides the latent vectors: the same seed draws the same images. Default: the model's seed. */
  readonly seed?: number;
  /** The latent vectors themselves, [count, latentSize], instead of a seed. */
  readonly noise?: Float32Array;
  /** The class of each image, or of all, where the model knows classes. Default: each in turn. */
  readonly labels?: number | LabelInput;
}

const schema = v.strictObject({
  count: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100_000)),
  seed: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER))),
  noise: v.optional(v.any()),
  labels: v.optional(v.any()),
});

/**
 * What the options of a public `generate` draw from; arrays are copied.
 * @throws DcganError ERR_OPTION, ERR_SHAPE, ERR_VALUE, ERR_LABELS.
 */
export function latentsOf(count: number, options: GenerateOptions, model: ModelOptions): NativeLatents {
  const { seed = model.seed } = check(schema, { count, ...options });
  const { classes } = model;
  const { noise, labels = classes > 0 ? eachInTurn(count, classes) : undefined } = options;
  return {
    count,
    from: noise ? noiseOf(noise, count, model.latentSize) : seed,
    labels: labelsOf(oneForEach(labels, count), count, classes),
  };
}

/** Draws images of `latents` with `draw`. @throws DcganError as native code says. */
export async function generate(
  latents: NativeLatents,
  model: ModelOptions,
  draw: (latents: NativeLatents) => Promise<Float32Array>,
): Promise<ImageBatch> {
  const data = await native(() => draw(latents));
  return { data, shape: batchShape(latents.count, model) };
}
