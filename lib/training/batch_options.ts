import * as v from 'valibot';
import { check } from '../options.js';

const schema = v.strictObject({ noise: v.optional(v.custom<Float32Array>(() => true)) });

/** Options of `trainOnBatch`. */
export interface BatchOptions {
  /** Latent vectors [batchSize, latentSize]. Default: the seed's own for this step. */
  readonly noise?: Float32Array;
}

/** Checks that there are no others; the noise itself is looked at by `noiseOf`. @throws DcganError ERR_OPTION. */
export const checkBatchOptions = (options: BatchOptions): BatchOptions => check(schema, options);
