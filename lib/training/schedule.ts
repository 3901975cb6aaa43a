import type { EpochCount } from './epoch_count.js';
import type { ResolvedFitOptions } from './fit_options.js';

/** What is due after which of a training's steps, counted from the model's first. */
export class Schedule {
  /** Steps of the first epoch after which a picture shows early that something comes of it. */
  readonly #earlyPictures: readonly number[];

  constructor(
    private readonly options: ResolvedFitOptions,
    private readonly epochs: EpochCount,
    private readonly last: number,
  ) {
    const { stepsPerEpoch, origin } = epochs;
    const early = [Math.ceil(stepsPerEpoch / 100), Math.ceil(stepsPerEpoch / 10)];
    this.#earlyPictures = options.sampleEvery > 0 && origin.step === 0 ? early : [];
  }

  /** Steps to take until something is due. */
  stepsFrom(step: number): number {
    const { logEvery, checkpointEverySteps, sampleEverySteps } = this.options;
    const regular = [logEvery, checkpointEverySteps, sampleEverySteps].map((every) =>
      stepsUntil(step, every),
    );
    const early = this.#earlyPictures.filter((at) => at > step).map((at) => at - step);
    return Math.min(this.last - step, this.epochs.left(step), ...early, ...regular);
  }

  /**
   * Whether the losses up to this step are reported. A picture alone leaves the reports at their multiples.
   */
  reports(step: number): boolean {
    const { logEvery, checkpointEverySteps } = this.options;
    return (
      due(step, logEvery) || due(step, checkpointEverySteps) || this.epochs.endsAt(step) || step === this.last
    );
  }

  /** Whether the picture of the epoch that ends with this step is due. */
  drawsEpoch(step: number): boolean {
    return this.epochs.endsAt(step) && due(this.epochs.of(step), this.options.sampleEvery);
  }

  /** Whether a picture of this step is due. */
  drawsStep(step: number): boolean {
    return this.#earlyPictures.includes(step) || due(step, this.options.sampleEverySteps);
  }

  saves(step: number): boolean {
    const { checkpointEvery, checkpointEverySteps } = this.options;
    const ofEpoch = this.epochs.endsAt(step) && due(this.epochs.of(step), checkpointEvery);
    return ofEpoch || due(step, checkpointEverySteps) || this.keeps(step);
  }

  /** Whether the checkpoint of this step is kept for good. */
  keeps(step: number): boolean {
    return this.epochs.endsAt(step) && due(this.epochs.of(step), this.options.keepEvery);
  }
}

const due = (count: number, every: number): boolean => every > 0 && count % every === 0;

const stepsUntil = (step: number, every: number): number =>
  every > 0 ? every - (step % every) : Number.POSITIVE_INFINITY;
