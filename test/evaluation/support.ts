import { classifierOptions } from '../../lib/evaluation/classifier.js';
import { classifierDescriber, classifierFor } from '../../lib/evaluation/features.js';
import type { NativeEvaluator, NativeFigure } from '../../lib/native/bindings.js';
import { loadNative } from '../../lib/native/load.js';

const image = { imageSize: 28, channels: 1 };

/** An evaluator with the classifier of the package, and what describes images by it. */
export async function digitsEvaluator(threads = 0) {
  const classifier = await classifierFor(undefined, image);
  const evaluator = new (loadNative().Evaluator)(classifierOptions(classifier, { threads, device: 'cpu' }));
  await evaluator.open(classifier.state);
  const describer = classifierDescriber(evaluator, classifier);
  return { evaluator, describer, classifier, [Symbol.dispose]: () => evaluator.dispose() };
}

/** Features [n, dims]. */
export interface Features {
  readonly values: Float32Array;
  readonly dims: number;
}

/** The figures of `drawn` compared with `real`. */
export async function figuresOf(
  evaluator: NativeEvaluator,
  real: Features,
  drawn: Features,
): Promise<Readonly<Record<string, NativeFigure>>> {
  const count = ({ values, dims }: Features) => values.length / dims;
  await evaluator.setReference(real.values, count(real), real.dims);
  await evaluator.compare(drawn.values, count(drawn), drawn.dims, null, 0, 1);
  for (;;) {
    const { done, of, figures } = await evaluator.advance();
    if (done === of) return figures;
  }
}

/** Normally distributed features, always the same. */
export function normal(count: number, dims: number, seed: number): Features {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  const values = Float32Array.from(
    { length: count * dims },
    () => Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next()),
  );
  return { values, dims };
}
