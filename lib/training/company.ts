import * as v from 'valibot';
import { check, count, type ModelOptions } from '../options.js';
import { type Place, placeFrom } from '../parallel/place.js';
import type { TrainerOptions } from './trainer_types.js';

/** Where this process stands among those that train together. */
export interface Company {
  readonly place: Place;
  /** Seconds that a process waits for the others. */
  readonly limit: number;
}

const schema = v.strictObject({
  parallel: v.optional(
    v.union(
      [
        v.literal('auto'),
        v.strictObject({
          rank: count(0, 2 ** 20),
          worldSize: count(1, 2 ** 20),
          master: v.pipe(v.string(), v.nonEmpty()),
        }),
      ],
      "must be 'auto', or { rank, worldSize, master: 'host:port' }",
    ),
  ),
  parallelTimeout: v.optional(count(1, 86_400), 300),
  batchSizePerProcess: v.optional(count(1, 65536)),
});

/** The options of a trainer that say with whom it trains. */
type CompanyOptions = Pick<TrainerOptions, 'parallel' | 'parallelTimeout' | 'batchSizePerProcess'>;

/**
 * The processes that a trainer is to train with, null for this one alone, and what the model's options become of it.
 * @throws DcganError ERR_OPTION; ERR_PARALLEL where the environment contradicts itself, or the options.
 */
export function companyOf(
  options: CompanyOptions,
  model: Partial<ModelOptions>,
): { readonly company: Company | null; readonly model: Partial<ModelOptions> } {
  const { parallel, parallelTimeout: limit, batchSizePerProcess } = check(schema, options);
  const place = parallel === undefined ? null : placeFrom(process.env, parallel === 'auto' ? {} : parallel);
  return {
    company: place && { place, limit },
    model:
      batchSizePerProcess === undefined
        ? model
        : { ...model, batchSize: batchSizePerProcess * (place?.worldSize ?? 1) },
  };
}
