import { resolveEvaluateOptions } from '../evaluation/evaluate.js';
import { generate, latentsOf } from '../generation/draw.js';
import { native } from '../native/errors.js';
import type { FitSubject } from './fit.js';
import type { ResolvedFitOptions } from './fit_options.js';
import type { LoadedData, Model, Opened } from './model.js';

/** A model as a `fit` of its sees it. @param notices what to tell before the first step */
export function fitSubject(
  model: Model,
  { trainer }: Opened,
  { epochs }: LoadedData,
  { evaluateSamples, evaluateFeatures }: ResolvedFitOptions,
  notices: readonly string[],
): FitSubject {
  const isOnnx = evaluateFeatures !== null && /\.onnx$/i.test(evaluateFeatures);
  const evaluation = resolveEvaluateOptions({
    samples: evaluateSamples,
    nearest: false,
    ...(evaluateFeatures !== null && { [isOnnx ? 'featuresOnnx' : 'features']: evaluateFeatures }),
  });
  return {
    get options() {
      return model.options;
    },
    device: model.device!,
    epochs,
    notices,
    get step() {
      return model.step;
    },
    run: async (steps) => {
      model.checkAlive();
      const result = await native(() => trainer.run(steps));
      model.checkAlive();
      return result;
    },
    stop: () => trainer.stop(),
    generate: (count, labels) => {
      const latents = latentsOf(count, { labels }, model.options);
      return generate(latents, model.options, (each) => trainer.generate([each]));
    },
    checkpoint: () => model.checkpoint(),
    prepareEvaluation: () => model.prepareEvaluation(evaluation),
    draw: (latents) => native(() => trainer.generate([latents])),
    evaluate: (draw) => model.evaluate(evaluation, draw),
    goBackTo: (checkpoint) => model.goBackTo(checkpoint),
  };
}
