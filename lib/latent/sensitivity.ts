import { Matrix } from 'ml-matrix';
import type { Judge } from './judge.js';
import { drawNormal } from './philox.js';
import type { LatentProgress } from './search.js';

/** How images change with their latent vectors, on average over many of these. */
export interface Sensitivity {
  /** The mean gradient of each measure, in the order of the judge's, [latentSize]. */
  readonly gradients: readonly Float64Array[];
  /**
   * How soon the class changes, [latentSize, latentSize]: the mean of Σ r rᵀ over all classes but the own, where r is the gradient of how
   * far the own class's logit is above another's, divided by that distance. Null without a classifier.
   */
  readonly classes: Matrix | null;
}

/** Half the distance of two latent vectors whose images are compared. */
const step = 0.5;
/** Logits that are nearer than this to each other are as good as equal: else a few images in doubt would decide all. */
const leastMargin = 4;

/** Where derivatives are taken, and who is told how far that is. */
interface Points {
  /** Decides the latent vectors. */
  readonly seed: number;
  /** How many, each of which takes 2 · latentSize + 1 images. */
  readonly points: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: LatentProgress) => void;
}

/**
 * Takes the derivatives by each number of latent vectors, from differences of what is drawn on either side.
 * @throws DcganError as drawing and the classifier say; the signal's reason.
 */
export async function sensitivity(
  judge: Judge,
  { seed, points, signal, onProgress }: Points,
): Promise<Sensitivity> {
  const { latentSize } = judge;
  const gradients = judge.measures.map(() => new Float64Array(latentSize));
  const classes = judge.classes > 0 ? Matrix.zeros(latentSize, latentSize) : null;
  const labels = judge.labels(0, points);
  for (let point = 0; point < points; point++) {
    signal?.throwIfAborted();
    const z = drawNormal(seed, point * latentSize, latentSize);
    const around = neighbourhood(z);
    const own = labels && new Int32Array(around.length / latentSize).fill(labels[point]!);
    const { measures, logits } = await judge.judge(around, own);
    for (const [k, values] of measures.entries()) {
      for (let i = 0; i < latentSize; i++) gradients[k]![i]! += slope(values, i) / points;
    }
    if (classes && logits) {
      const rates = ratesOfClasses(logits, judge.classes, latentSize);
      classes.add(rates.transpose().mmul(rates));
    }
    onProgress?.({ done: point + 1, of: points });
  }
  return { gradients, classes };
}

/** A latent vector, and two more for each of its numbers: one with more of it, one with less. [2 · latentSize + 1, latentSize] */
function neighbourhood(z: Float32Array): Float32Array {
  const size = z.length;
  const around = new Float32Array((2 * size + 1) * size);
  for (let row = 0; row <= 2 * size; row++) around.set(z, row * size);
  for (let i = 0; i < size; i++) {
    around[(2 * i + 1) * size + i]! += step;
    around[(2 * i + 2) * size + i]! -= step;
  }
  return around;
}

/** The derivative by number `i`, of values at a `neighbourhood`. */
const slope = (values: Float64Array, i: number): number =>
  (values[2 * i + 1]! - values[2 * i + 2]!) / (2 * step);

/** r of each class, [classes, latentSize], of logits [2 · latentSize + 1, classes] at a `neighbourhood`; 0 for the own class. */
function ratesOfClasses(logits: Float32Array, classes: number, latentSize: number): Matrix {
  const here = logits.subarray(0, classes);
  const own = here.indexOf(Math.max(...here));
  const rates = Matrix.zeros(classes, latentSize);
  for (let other = 0; other < classes; other++) {
    if (other === own) continue;
    const margin = Math.max(here[own]! - here[other]!, leastMargin);
    const ahead = (row: number) => logits[row * classes + own]! - logits[row * classes + other]!;
    for (let i = 0; i < latentSize; i++) {
      rates.set(other, i, (ahead(2 * i + 1) - ahead(2 * i + 2)) / (2 * step * margin));
    }
  }
  return rates;
}
