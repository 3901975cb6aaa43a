import { type ImageSource, imageSource } from '../data/images.js';
import type { NativeLatents } from '../native/bindings.js';
import type { ModelOptions } from '../options.js';
import {
  drawnImages,
  type OpenEvaluator,
  openEvaluator,
  type Place,
  type ResolvedEvaluateOptions,
} from './evaluate.js';
import type { EvaluationProgress, Judged } from './evaluator.js';
import type { EvaluationReport } from './report.js';

/** Draws images [n, S, S, C] in [-1, 1]. */
export type Draw = (latents: NativeLatents) => Promise<Float32Array>;

/** A model as an evaluation sees it. */
export interface EvaluatedModel extends Pick<Place, 'worker'> {
  readonly of: string;
  readonly step: number;
  readonly options: ModelOptions;
  /** The real images, where no others are named. */
  readonly source: ImageSource;
  readonly draw: Draw;
  /** The discriminator's logits, where there is one that needs no labels. */
  readonly logits?: (images: Float32Array) => Promise<Float32Array>;
}

/** Judges what a model draws, one time after the other: features, real images and their figures are there from the first on. */
export class ModelEvaluation {
  #open: { readonly by: readonly unknown[]; readonly opened: OpenEvaluator } | null = null;
  #last: Promise<unknown> = Promise.resolve();

  /** @throws DcganError as `evaluate` of a trainer says. */
  evaluate(model: EvaluatedModel, options: ResolvedEvaluateOptions): Promise<EvaluationReport> {
    const turn = this.#last.then(() => this.#evaluate(model, options));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Loads features and real images. @throws DcganError ERR_FEATURES, ERR_DATA_…. */
  async prepare(model: EvaluatedModel, options: ResolvedEvaluateOptions): Promise<void> {
    await this.#opened(model, options);
  }

  async #evaluate(model: EvaluatedModel, options: ResolvedEvaluateOptions): Promise<EvaluationReport> {
    const { samples, seed = model.options.seed, nearest, signal, onProgress } = options;
    signal?.throwIfAborted();
    const { evaluator } = await this.#opened(model, options);
    const judged: Judged = {
      ...drawnImages(model.of, model.step, samples, { ...model.options, seed }, model.draw),
      ...(model.logits && {
        discriminator: { logits: model.logits, threshold: thresholdOf(model.options.objective) },
      }),
    };
    const judgement = { seed, nearest, signal, onProgress: onProgress as EvaluationProgress | undefined };
    return evaluator.judge(judged, judgement);
  }

  async #opened(model: EvaluatedModel, options: ResolvedEvaluateOptions): Promise<OpenEvaluator> {
    const { data, test, features, featuresOnnx } = options;
    const by = [data, test, features, featuresOnnx];
    if (this.#open && by.every((value, i) => value === this.#open!.by[i])) return this.#open.opened;
    this.dispose();
    const place = { model: model.options, ...(model.worker && { worker: model.worker }) };
    const real = data === undefined ? model.source : imageSource(data);
    const opened = await openEvaluator(place, real, options);
    this.#open = { by, opened };
    return opened;
  }

  dispose(): void {
    this.#open?.opened.dispose();
    this.#open = null;
  }
}

/** The logit from which on the discriminator takes an image for real; null where only differences count. */
function thresholdOf(objective: ModelOptions['objective']): number | null {
  if (objective === 'lsgan') return 0.5;
  return objective === 'bce' || objective === 'hinge' ? 0 : null;
}
