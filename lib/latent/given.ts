import * as v from 'valibot';
import { DcganError } from '../errors.js';
import { eachInTurn, noiseOf, type SoftLabelInput, softLabelsOf } from '../network/arrays.js';
import { count, type ModelOptions } from '../options.js';
import { drawNormal } from './philox.js';

/** Latent vectors, as they are or by the seeds that decide them. */
export interface GivenLatents {
  /** A latent vector for each: that of the first image which the seed draws. */
  readonly seeds?: readonly number[];
  /** The latent vectors themselves, [n, latentSize], instead of seeds. */
  readonly latents?: Float32Array;
}

/** What decides what is random. */
export const seedSchema = count(0, Number.MAX_SAFE_INTEGER);

/** The entries of a schema for `GivenLatents`. */
export const givenEntries = {
  seeds: v.optional(v.pipe(v.array(seedSchema), v.maxLength(100_000))),
  latents: v.optional(v.custom<Float32Array>(() => true)),
};

/** Classes are looked at once it is known how many are needed. */
export const labelsSchema = v.optional(v.custom<SoftLabelInput>(() => true));

/** ψ of latent vectors z · ψ. */
export const truncationSchema = v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(2)), 1);

/**
 * The latent vectors [n, latentSize] that are meant, in memory of their own.
 * @param least how many there must be
 * @throws DcganError ERR_OPTION where there are too few, or seeds and latents both; ERR_SHAPE, ERR_VALUE.
 */
export function latentsGiven(
  { seeds, latents }: GivenLatents,
  { latentSize }: Pick<ModelOptions, 'latentSize'>,
  least: number,
): Float32Array {
  if ((seeds === undefined) === (latents === undefined)) {
    const said = "Latent vectors are needed: give either 'seeds' or 'latents'.";
    throw new DcganError('ERR_OPTION', said, { value: { seeds, latents } });
  }
  // Of another length it is refused below.
  const n = seeds?.length ?? (Math.round(Number(latents?.length) / latentSize) || 1);
  if (n < least) {
    const said = `${n === 1 ? '1 latent vector is' : `${n} latent vectors are`} too few: at least ${least} are needed.`;
    throw new DcganError('ERR_OPTION', said, { value: n });
  }
  return seeds ? latentsOfSeeds(seeds, latentSize) : noiseOf(latents!, n, latentSize, 'latents');
}

/** The latent vector of the first image of each seed, [n, latentSize]. */
export function latentsOfSeeds(seeds: readonly number[], latentSize: number): Float32Array {
  const latents = new Float32Array(seeds.length * latentSize);
  for (const [i, seed] of seeds.entries()) latents.set(drawNormal(seed, 0, latentSize), i * latentSize);
  return latents;
}

/** The classes of n latent vectors, or weights of them; by default each in turn. @throws DcganError ERR_LABELS, ERR_VALUE. */
export function labelsGiven(
  labels: SoftLabelInput | undefined,
  n: number,
  { classes }: Pick<ModelOptions, 'classes'>,
): Int32Array | Float32Array | null {
  return softLabelsOf(labels ?? (classes > 0 ? eachInTurn(n, classes) : undefined), n, classes);
}
