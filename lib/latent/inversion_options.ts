import * as v from 'valibot';
import type { LabelInput } from '../network/arrays.js';
import { labelsOf, oneForEach } from '../network/arrays.js';
import { abortSignal, count, type ModelOptions } from '../options.js';
import { seedSchema } from './given.js';
import type { LatentProgress, SearchHelpers } from './search.js';

/** What every search for latents takes. */
export interface InversionOptions extends Pick<SearchHelpers, 'encoder'> {
  /** Decides where the search begins: the same seed finds the same. Default: the model's seed. */
  readonly seed?: number;
  /** The class of each picture, or of all, where the model knows classes. Default: classes are tried. */
  readonly labels?: number | LabelInput;
  /** Candidates of each picture, at most 256, of which the best go on. Default 16; 4 where an encoder guesses one. */
  readonly starts?: number;
  /** Steps of the best candidate, at most 100,000. */
  readonly steps?: number;
  /** λ of ‖z‖² / latentSize: larger ones find images that are more usual, and fit less. */
  readonly prior?: number;
  /** An encoder that `encoder train` made; false: none. Default: `encoder.safetensors` of the run, or beside the checkpoint, if it is there. */
  readonly encoder?: string | false;
  /** Ends the search, which rejects with its reason. */
  readonly signal?: AbortSignal;
  /** Told how much is done. */
  readonly onProgress?: (progress: LatentProgress) => void;
}

const path = v.pipe(v.string(), v.nonEmpty('must be a path'));

/** λ of a term. */
export const weight = v.pipe(v.number(), v.minValue(0), v.maxValue(1e6));

/** What compares features takes as well. */
export interface LikenessOptions extends SearchHelpers {
  /** λ of the squared distance of the classifier's features, where there is one. */
  readonly likeness?: number;
  /** A classifier that `features train` made. Default: that of the package, for images as large as its digits. */
  readonly features?: string;
}

/** The entries of a schema of such options. @param least of the steps */
export const inversionEntries = (defaults: { steps: number; prior: number }, least = 1) => ({
  seed: v.optional(seedSchema),
  labels: v.optional(v.custom<number | LabelInput>(() => true)),
  starts: v.optional(count(1, 256)),
  steps: v.optional(count(least, 100_000), defaults.steps),
  prior: v.optional(weight, defaults.prior),
  encoder: v.optional(v.union([path, v.literal(false)], 'must be a path, or false')),
  signal: v.optional(abortSignal),
  onProgress: v.optional(v.function('must be a function')),
});

/** The classes of `count` pictures; null where they are not given, or there are none. @throws DcganError ERR_LABELS. */
export function givenLabels(
  labels: number | LabelInput | undefined,
  count: number,
  { classes }: ModelOptions,
): Int32Array | null {
  if (labels === undefined) return null;
  return labelsOf(oneForEach(labels, count), count, classes);
}

/** The same of those with features. */
export const likenessEntries = (likeness: number) => ({
  likeness: v.optional(weight, likeness),
  features: v.optional(path),
});
