import type { EpochOrigin } from '../checkpoint/checkpoint.js';

/**
 * Which epoch a step of the model belongs to. An epoch is one pass over the data: `stepsPerEpoch` steps, counted from
 * where these data, in batches of this size, were begun.
 */
export class EpochCount {
  constructor(
    readonly stepsPerEpoch: number,
    readonly origin: EpochOrigin,
  ) {}

  /** Epochs that were trained after `step` steps of the model, with their fraction. */
  at(step: number): number {
    return this.origin.epoch + (step - this.origin.step) / this.stepsPerEpoch;
  }

  /** The epoch, from 1, that the last of `step` steps belongs to. */
  of(step: number): number {
    return Math.ceil(this.at(step));
  }

  /** Steps from `step` on to the end of the epoch; a whole epoch where one has just ended. */
  left(step: number): number {
    return this.stepsPerEpoch - ((step - this.origin.step) % this.stepsPerEpoch);
  }

  /** Whether an epoch ends with the last of `step` steps. */
  endsAt(step: number): boolean {
    return this.left(step) === this.stepsPerEpoch;
  }
}
