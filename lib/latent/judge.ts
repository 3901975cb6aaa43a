import { DcganError } from '../errors.js';
import {
  type Classifier,
  classifierOptions,
  digitsClassifier,
  readClassifier,
} from '../evaluation/classifier.js';
import { classifierFor } from '../evaluation/features.js';
import { native, nativeNow } from '../native/errors.js';
import { loadNative } from '../native/load.js';
import { eachInTurn, labelsOf } from '../network/arrays.js';
import { type MeasureName, measureNames, measuresOf } from './measures.js';
import type { LatentModel } from './model.js';

/** What images of latent vectors are like. */
export interface Judged {
  /** [n] of each measure, in the order of `Judge.measures`. */
  readonly measures: readonly Float64Array[];
  /** [n, classes]; null where there is no classifier. */
  readonly logits: Float32Array | null;
}

/** Draws images of latent vectors, and tells what they are like. */
export interface Judge {
  readonly measures: readonly string[];
  /** How many classes its classifier tells; 0 without one. */
  readonly classes: number;
  readonly latentSize: number;
  /**
   * @param latents [n, latentSize]
   * @param labels their classes, as `labels` gives them
   */
  judge(latents: Float32Array, labels: Int32Array | null): Promise<Judged>;
  /** The classes of latent vectors from number `first` on, each in turn; null for a model without. */
  labels(first: number, n: number): Int32Array | null;
  dispose(): void;
}

/** Measures by a classifier: how much more likely a class is than all others, as a logarithm. */
const ofClass = /^class:(\d+)$/;

/** Whether something is the name of a measure. */
export const isMeasure = (name: string): boolean =>
  (measureNames as readonly string[]).includes(name) || ofClass.test(name);

/** Whether a measure is of the class, which then cannot stay. */
export const isOfClass = (measure: string): boolean => ofClass.test(measure);

/** Images that are drawn and judged at once. */
const atOnce = 1024;

/**
 * Opens what judges a model's images by some measures. The class is told by a classifier: that of a file, or of the package where
 * images are as large as its digits; else by none.
 * @throws DcganError ERR_FEATURES, ERR_OPTION for a class that there is none of, ERR_LIBTORCH_…, ERR_ADDON_NOT_FOUND.
 */
export async function openJudge(
  model: LatentModel,
  measures: readonly string[],
  features: string | undefined,
): Promise<Judge> {
  const { options } = model;
  const classifier = await classifierOf(features, model, measures.some(isOfClass));
  const classes = classifier?.classes ?? 0;
  const missing = measures.find((name) => Number(ofClass.exec(name)?.[1] ?? 0) >= Math.max(1, classes));
  if (missing !== undefined) {
    const said = `Option 'measures' is wrong: there is no ${missing}, since the classifier tells ${classes} classes, which are counted from 0.`;
    throw new DcganError('ERR_OPTION', said, { value: missing });
  }
  const evaluator = classifier && (await openClassifier(classifier, model));
  const piece = async (latents: Float32Array, labels: Int32Array | null): Promise<Judged> => {
    const n = latents.length / options.latentSize;
    const images = await model.draw({ count: n, from: latents, labels });
    const logits = evaluator && (await native(() => evaluator.classify(images, n))).logits;
    const shapes = measuresOf(images, n, options);
    const measured = measures.map((name) => {
      const label = ofClass.exec(name)?.[1];
      return label === undefined ? shapes[name as MeasureName] : logOdds(logits!, classes, Number(label));
    });
    return { measures: measured, logits };
  };
  return {
    measures,
    classes,
    latentSize: options.latentSize,
    labels: (first, n) =>
      options.classes > 0
        ? labelsOf(eachInTurn(first + n, options.classes).slice(first), n, options.classes)
        : null,
    async judge(latents, labels) {
      const { latentSize } = options;
      const n = latents.length / latentSize;
      const all = measures.map(() => new Float64Array(n));
      const logits = evaluator && new Float32Array(n * classes);
      for (let at = 0; at < n; at += atOnce) {
        const end = Math.min(n, at + atOnce);
        const own = latents.slice(at * latentSize, end * latentSize);
        const judged = await piece(own, labels?.slice(at, end) ?? null);
        for (const [k, values] of judged.measures.entries()) all[k]!.set(values, at);
        logits?.set(judged.logits!, at * classes);
      }
      return { measures: all, logits };
    },
    dispose: () => evaluator?.dispose(),
  };
}

async function classifierOf(
  features: string | undefined,
  { options }: LatentModel,
  isNeeded: boolean,
): Promise<Classifier | null> {
  if (features !== undefined || isNeeded) return classifierFor(features, options);
  const digits = await readClassifier(digitsClassifier);
  return digits.imageSize === options.imageSize && digits.channels === options.channels ? digits : null;
}

/** A classifier on the thread that draws. */
async function openClassifier(classifier: Classifier, { options, worker }: LatentModel) {
  const { device, threads } = options;
  const core = loadNative();
  const evaluator = nativeNow(
    () => new core.Evaluator(classifierOptions(classifier, { device, threads }), worker),
  );
  try {
    await native(() => evaluator.open(classifier.state));
    return evaluator;
  } catch (error) {
    evaluator.dispose();
    throw error;
  }
}

/** log p / (1 − p) of a class, [n]. */
function logOdds(logits: Float32Array, classes: number, label: number): Float64Array {
  return Float64Array.from({ length: logits.length / classes }, (_, i) => {
    const own = logits.subarray(i * classes, (i + 1) * classes);
    const largest = Math.max(...own);
    const others = own.reduce((sum, logit, k) => (k === label ? sum : sum + Math.exp(logit - largest)), 0);
    return own[label]! - largest - Math.log(others);
  });
}

/** The class that each of n images is taken for, of logits [n, classes]. */
export function classesOf(logits: Float32Array, classes: number): Int32Array {
  return Int32Array.from({ length: logits.length / classes }, (_, i) => {
    const own = logits.subarray(i * classes, (i + 1) * classes);
    return own.indexOf(Math.max(...own));
  });
}
