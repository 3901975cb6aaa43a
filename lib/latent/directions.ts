import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import * as v from 'valibot';
import { abortSignal, check, count } from '../options.js';
import { type DirectionReport, reportedStrengths, type Trial, tryDirection } from './direction_report.js';
import { seedSchema } from './given.js';
import { isMeasure, isOfClass, type Judge, openJudge } from './judge.js';
import { measureNames } from './measures.js';
import { digestOf, type LatentModel } from './model.js';
import { drawNormal } from './philox.js';
import type { LatentProgress } from './search.js';
import { sefaDirections } from './sefa.js';
import { type Sensitivity, sensitivity } from './sensitivity.js';
import { times, withNorm } from './vectors.js';

/** A way to go in latent space that changes images in one respect. */
export interface Direction {
  /** `slant`, `sefa-1`, …. */
  readonly name: string;
  /** Of length 1, [latentSize]. */
  readonly vector: Float32Array;
  /** What it does to images; null where that was not measured. */
  readonly report: DirectionReport | null;
}

/** Directions in the latent space of one generator. */
export interface Directions {
  /** Tells generators apart. */
  readonly generator: string;
  readonly latentSize: number;
  readonly directions: readonly Direction[];
}

/** Which directions are looked for, and how. */
export interface DirectionsOptions {
  /**
   * `measure`: one for each measure, that raises it; `sefa`: those that change most of what the generator's first layer makes of a latent
   * vector, whatever that may look like. Default `measure`.
   */
  readonly method?: 'measure' | 'sefa';
  /**
   * Of `measure`: `thickness`, `slant`, `width`, `height`, `brightness`, and `class:K` for what a classifier takes for class K. Default: the
   * first five.
   */
  readonly measures?: readonly string[];
  /** Of `sefa`: how many, at most 100. Default 10. */
  readonly count?: number;
  /** At how many latent vectors the measures are derived, each of which takes 2 · latentSize + 1 images. Default 300. */
  readonly samples?: number;
  /**
   * Of how many latent vectors the class shall stay from strength −3 to 3, as a share; of directions that allow it the one that moves the
   * measure most is taken. 0 does not look at the class. Default 0.87.
   */
  readonly keepClass?: number;
  /** Decides the latent vectors. Default: the model's seed. */
  readonly seed?: number;
  /** A classifier that `features train` made. Default: that of the package, for images as large as its digits; for others none. */
  readonly features?: string;
  /** Ends it, which rejects with its reason. */
  readonly signal?: AbortSignal;
  /** Told how much is done. */
  readonly onProgress?: (progress: LatentProgress) => void;
}

const schema = v.strictObject({
  method: v.optional(v.picklist(['measure', 'sefa']), 'measure'),
  measures: v.optional(
    v.pipe(
      v.array(v.string()),
      v.nonEmpty('must name a measure'),
      v.check((names) => names.every(isMeasure), `must be of ${measureNames.join(', ')}, class:K`),
    ),
    () => [...measureNames],
  ),
  count: v.optional(count(1, 100), 10),
  samples: v.optional(count(1, 100_000), 300),
  keepClass: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 0.87),
  seed: v.optional(seedSchema),
  features: v.optional(v.pipe(v.string(), v.nonEmpty('must be a path'))),
  signal: v.optional(abortSignal),
  onProgress: v.optional(v.function('must be a function')),
});

type Resolved = v.InferOutput<typeof schema> & { readonly seed: number };

/** Latent vectors on which a direction is chosen, and others of which is told what it does. */
const [chosenBy, reportedOf] = [500, 500];
/** Weights of the identity beside how soon the class changes, as logarithms: the larger, the less the class counts. */
const [leastWeight, mostWeight] = [Math.log(1e-4), Math.log(10)];
const halvings = 6;

/**
 * Finds directions in a model's latent space, of length 1.
 * @throws DcganError ERR_OPTION, ERR_FEATURES, ERR_LIBTORCH_…, ERR_DIVERGED, ERR_OUT_OF_MEMORY, ERR_DISPOSED; the signal's reason.
 */
export async function findDirections(model: LatentModel, options: DirectionsOptions): Promise<Directions> {
  const checked = check(schema, options);
  const resolved = { ...checked, seed: checked.seed ?? model.options.seed };
  resolved.signal?.throwIfAborted();
  const isSefa = resolved.method === 'sefa';
  const measures = isSefa ? measureNames : [...new Set(resolved.measures)];
  const judge = await openJudge(model, measures, resolved.features);
  try {
    const directions = isSefa
      ? await ofFirstLayer(judge, model, resolved)
      : await ofMeasures(judge, resolved);
    return { generator: digestOf(model.generator), latentSize: model.options.latentSize, directions };
  } finally {
    judge.dispose();
  }
}

async function ofMeasures(judge: Judge, options: Resolved): Promise<Direction[]> {
  const { seed, samples: points, keepClass, signal, onProgress } = options;
  const sensed = await sensitivity(judge, { seed, points, signal, onProgress });
  const trials = trialsOf(judge, seed, points);
  const directions: Direction[] = [];
  for (const [k, name] of judge.measures.entries()) {
    signal?.throwIfAborted();
    const weighed = sensed.classes && keepClass > 0 && !isOfClass(name);
    const vector = weighed
      ? await strongest(judge, (weight) => directionOf(sensed, k, weight), trials.choice, keepClass, signal)
      : withNorm(Float32Array.from(sensed.gradients[k]!), 1);
    const reports = await tryDirection(judge, vector, trials.report);
    directions.push({ name, vector, report: reports[k]! });
  }
  return directions;
}

/**
 * The direction that raises a measure most for how much it changes the class: (C + w · 1)⁻¹ g of the mean gradient g, and of C, how soon
 * the class changes, of which the mean eigenvalue is taken for 1.
 */
function directionOf({ gradients, classes }: Sensitivity, k: number, weight: number): Float32Array {
  const gradient = gradients[k]!;
  const size = gradient.length;
  const identity = Matrix.eye(size, size, (weight * classes!.trace()) / size);
  const solved = new CholeskyDecomposition(Matrix.add(classes!, identity)).solve(
    Matrix.columnVector(gradient),
  );
  return withNorm(Float32Array.from(solved.to1DArray()), 1);
}

/** Of directions by weight that of the largest weight with which the class stays as often as wanted; else that of the smallest. */
async function strongest(
  judge: Judge,
  direction: (weight: number) => Float32Array,
  trial: Trial,
  keepClass: number,
  signal: AbortSignal | undefined,
): Promise<Float32Array> {
  let [low, high] = [leastWeight, mostWeight];
  for (let i = 0; i < halvings; i++) {
    signal?.throwIfAborted();
    const middle = (low + high) / 2;
    const [report] = await tryDirection(judge, direction(Math.exp(middle)), trial);
    if (report!.classStays! >= keepClass) low = middle;
    else high = middle;
  }
  return direction(Math.exp(low));
}

async function ofFirstLayer(judge: Judge, model: LatentModel, options: Resolved): Promise<Direction[]> {
  const { seed, signal, onProgress } = options;
  const vectors = sefaDirections(model.generator, model.options.latentSize, options.count);
  const trials = trialsOf(judge, seed, 0);
  const directions: Direction[] = [];
  for (const [i, vector] of vectors.entries()) {
    signal?.throwIfAborted();
    const most = mostMoved(await tryDirection(judge, vector, trials.choice));
    const rising = moved(most) < 0 ? times(vector, -1) : vector;
    const reports = await tryDirection(judge, rising, trials.report);
    const report = reports.find(({ measure }) => measure === most.measure)!;
    directions.push({ name: `sefa-${i + 1}`, vector: rising, report });
    onProgress?.({ done: i + 1, of: vectors.length });
  }
  return directions;
}

/** By how many standard deviations a measure rises from the smallest strength to the largest. */
function moved({ means, spread }: DirectionReport): number {
  return spread === 0 ? 0 : (means.at(-1)! - means[0]!) / spread;
}

function mostMoved(reports: readonly DirectionReport[]): DirectionReport {
  return reports.reduce((most, each) => (Math.abs(moved(each)) > Math.abs(moved(most)) ? each : most));
}

/** Latent vectors of a seed behind the first `used`, which nothing else is drawn of. */
function trialsOf(
  judge: Judge,
  seed: number,
  used: number,
): { readonly choice: Trial; readonly report: Trial } {
  const trial = (first: number, n: number, strengths: readonly number[]): Trial => ({
    latents: drawNormal(seed, first * judge.latentSize, n * judge.latentSize),
    labels: judge.labels(first, n),
    strengths,
  });
  return {
    // Where the class stays at both ends it nearly always stays between.
    choice: trial(used, chosenBy, [-3, 0, 3]),
    report: trial(used + chosenBy, reportedOf, reportedStrengths),
  };
}
