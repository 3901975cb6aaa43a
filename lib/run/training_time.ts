import type { MetricsRow } from './metrics.js';
import type { SettingsHistory } from './settings.js';

/**
 * For how long a run was trained, by the times of its rows. What lies between two sessions counts as nothing, so each session
 * begins with the steps of its first row of losses, which says how fast they were.
 */
export class TrainingTime {
  #seconds = 0;
  #before: MetricsRow | null = null;

  constructor(private readonly settings: SettingsHistory) {}

  /** The seconds of training before a row was written. Rows are to be given in their order. */
  until(row: MetricsRow): number {
    const before = this.#before;
    const isFirst = before === null || before.session !== row.session;
    // A start, for one, comes before the first losses of its session.
    if (isFirst && row.type !== 'step') return this.#seconds;
    const passed = isFirst ? this.#duration(row) : (timeOf(row) - timeOf(before)) / 1000;
    // A clock may have been set, and rows of an early version have no time.
    if (passed > 0) this.#seconds += passed;
    this.#before = row;
    return this.#seconds;
  }

  #duration({ step, steps, imagesPerSecond }: MetricsRow): number {
    const { settings } = this;
    return (
      (settings.imagesAfter(step) - settings.imagesAfter(step - Number(steps))) / Number(imagesPerSecond)
    );
  }
}

const timeOf = ({ time }: MetricsRow): number => Date.parse(String(time));
