import type { MetricsRow } from './metrics.js';
import type { Curves, Place } from './run_view.js';
import { SettingsHistory } from './settings.js';
import { TrainingTime } from './training_time.js';

/** What rows of losses hold or stand for, and its decimals: more than can be seen, and short as text. */
const decimals = {
  step: 0,
  images: 0,
  seconds: 2,
  discriminatorLoss: 5,
  generatorLoss: 5,
  penalty: 5,
  imagesPerSecond: 1,
} as const satisfies Partial<Record<keyof Curves, number>>;

type ColumnName = keyof typeof decimals;

/** Decimals of a learning rate. */
const ofRates = 9;

/** Rows of losses as columns. */
export class CurveColumns {
  readonly #columns: Readonly<Record<ColumnName, Column>>;
  readonly #settings: SettingsHistory;
  readonly #time: TrainingTime;

  constructor(private readonly config: Readonly<Record<string, unknown>>) {
    const columns = Object.entries(decimals).map(([name, digits]) => [name, new Column(digits)]);
    this.#columns = Object.fromEntries(columns);
    // Images and time do not depend on rates, which rows to come may change.
    this.#settings = new SettingsHistory(config, []);
    this.#time = new TrainingTime(this.#settings);
  }

  get length(): number {
    return this.#columns.step.length;
  }

  /** Where a row of any type lies; they are to be given in their order. */
  placeOf(row: MetricsRow): Place {
    const { step } = row;
    return { step, images: this.#settings.imagesAfter(step), seconds: this.#time.until(row) };
  }

  /** Images that the model has seen after so many steps. */
  imagesAfter(step: number): number {
    return this.#settings.imagesAfter(step);
  }

  /** Where a step lies that no row tells of: at the time of the first row of losses behind it. */
  placeAt(step: number): Place {
    const { step: steps, seconds } = this.#columns;
    return { step, images: this.imagesAfter(step), seconds: seconds.at(steps.firstFrom(step)) };
  }

  /** @param row of losses */
  add(row: MetricsRow, place: Place): void {
    const values: Readonly<Record<string, unknown>> = { ...row, ...place };
    for (const [name, column] of Object.entries(this.#columns)) column.push(values[name]);
  }

  /** The rows from one on. @param others rows that tell of no losses, all of them */
  from(row: number, others: readonly MetricsRow[]): Curves {
    const settings = new SettingsHistory(this.config, others);
    const columns = Object.entries(this.#columns).map(([name, column]) => [name, column.from(row)]);
    const curves = Object.fromEntries(columns) as Record<ColumnName, number[]>;
    // In the last of the steps that a row tells of.
    const rates = (network: 'Generator' | 'Discriminator') =>
      curves.step.map((step) => rounded(settings.learningRate(network, step - 1), ofRates));
    return {
      ...curves,
      learningRateGenerator: rates('Generator'),
      learningRateDiscriminator: rates('Discriminator'),
    };
  }
}

/** Numbers, in as little memory as they need. */
class Column {
  #values = new Float64Array(256);
  length = 0;

  constructor(private readonly digits: number) {}

  /** Whatever is no number is none. */
  push(value: unknown): void {
    if (this.length === this.#values.length) {
      const more = new Float64Array(2 * this.length);
      more.set(this.#values);
      this.#values = more;
    }
    this.#values[this.length++] = typeof value === 'number' ? value : Number.NaN;
  }

  /** The index of the first number that is not below one, of the last where all are; they rise. */
  firstFrom(least: number): number {
    let [from, to] = [0, Math.max(0, this.length - 1)];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.#values[middle]! < least) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  at(index: number): number {
    return index < this.length ? rounded(this.#values[index]!, this.digits) : 0;
  }

  from(index: number): (number | null)[] {
    return Array.from(this.#values.subarray(index, this.length), (value) => {
      return Number.isFinite(value) ? rounded(value, this.digits) : null;
    });
  }
}

const rounded = (value: number, digits: number): number => Math.round(value * 10 ** digits) / 10 ** digits;
