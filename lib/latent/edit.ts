import * as v from 'valibot';
import { type ImageBatch, noiseOf, type SoftLabelInput } from '../network/arrays.js';
import { abortSignal, check } from '../options.js';
import type { Direction } from './directions.js';
import { drawFrames } from './frames.js';
import {
  type GivenLatents,
  givenEntries,
  labelsGiven,
  labelsSchema,
  latentsGiven,
  truncationSchema,
} from './given.js';
import type { LatentModel } from './model.js';
import { moved, rowsOf, stacked, times } from './vectors.js';

/** What `edit` changes, and how far. */
export interface EditOptions extends GivenLatents {
  /** Where to go: one of `directions`, or a vector [latentSize] of any length. */
  readonly direction: Direction | Float32Array;
  /** How far, in lengths of the direction: a frame for each, at most 100,000. Default −3, −2, −1, 0, 1, 2, 3. */
  readonly strengths?: readonly number[];
  /** The class of each latent vector, or of all, or weights [n, classes]. Default: each in turn. */
  readonly labels?: SoftLabelInput;
  /** ψ of z · ψ, from 0 to 2, before z is edited. Default 1. */
  readonly truncation?: number;
  /** Ends it: taking the next frame rejects with its reason. */
  readonly signal?: AbortSignal;
}

/** Beyond this nothing is like an image any more. */
const mostStrength = 1000;

const schema = v.strictObject({
  ...givenEntries,
  direction: v.custom<Direction | Float32Array>(
    (given) => typeof given === 'object' && given !== null,
    'must be one of the directions, or a Float32Array',
  ),
  strengths: v.optional(
    v.pipe(
      v.array(v.pipe(v.number(), v.minValue(-mostStrength), v.maxValue(mostStrength))),
      v.nonEmpty('must name a strength'),
      v.maxLength(100_000),
    ),
    () => [-3, -2, -1, 0, 1, 2, 3],
  ),
  labels: labelsSchema,
  truncation: truncationSchema,
  signal: v.optional(abortSignal),
});

/**
 * A frame [n, S, S, C] for each strength s, of z + s · direction.
 * @throws DcganError ERR_OPTION, ERR_SHAPE, ERR_VALUE, ERR_LABELS at once; those of `drawFrames` while frames are taken.
 */
export function edit(model: LatentModel, options: EditOptions): AsyncGenerator<ImageBatch> {
  const { seeds, latents, direction, strengths, truncation, labels, signal } = check(schema, options);
  const { latentSize } = model.options;
  const given = latentsGiven({ seeds, latents }, model.options, 1);
  const rows = rowsOf(times(given, truncation), latentSize);
  const vector = noiseOf('vector' in direction ? direction.vector : direction, 1, latentSize, 'direction');
  const classes = labelsGiven(labels, rows.length, model.options);
  const plan = {
    count: strengths.length,
    cells: rows.length,
    latents: (i: number) => stacked(rows.map((row) => moved(row, vector, strengths[i]!))),
    labels: () => classes,
  };
  return drawFrames(model, plan, signal);
}
