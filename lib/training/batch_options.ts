import * as v from 'valibot';
import type { LabelInput } from '../network/arrays.js';
import { check } from '../options.js';

const anything = () => v.optional(v.custom<never>(() => true));
const batch = v.strictObject({ noise: anything(), labels: anything() });
const judged = v.strictObject({ labels: anything() });

/** Options of `discriminate`. */
export interface DiscriminateOptions {
  /** The class of each image, where the model knows classes. */
  readonly labels?: LabelInput;
}

/** Options of `trainOnBatch`. */
export interface BatchOptions extends DiscriminateOptions {
  /** Latent vectors [batchSize, latentSize]. Default: the seed's own for this step. */
  readonly noise?: Float32Array;
}

/** Checks that there are no others; `noiseOf` and `labelsOf` look at the arrays. @throws DcganError ERR_OPTION. */
export const checkBatchOptions = (options: BatchOptions): BatchOptions => check(batch, options);

/** The same of `discriminate`. @throws DcganError ERR_OPTION. */
export const checkDiscriminateOptions = (options: DiscriminateOptions): DiscriminateOptions =>
  check(judged, options);
