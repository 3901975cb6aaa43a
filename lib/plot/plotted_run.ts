import { DcganError } from '../errors.js';
import { type MetricsRow, readMetrics } from '../run/metrics.js';
import { readConfig } from '../run/record.js';
import { SettingsHistory } from '../run/settings.js';
import { TrainingTime } from '../run/training_time.js';

/** What stands along the horizontal axis: images that the model has seen, or seconds for which it was trained. */
export type Over = 'images' | 'time';

/** A place in a picture, in what its axes count. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A number that a row of metrics holds or stands for; null where there is none. */
export type Reading = (row: MetricsRow, settings: SettingsHistory) => number | null;

/** A run as it is drawn. */
export class PlottedRun {
  /** Where the rows are along the axis. */
  readonly #places: readonly number[];

  private constructor(
    readonly name: string,
    private readonly rows: readonly MetricsRow[],
    private readonly settings: SettingsHistory,
    over: Over,
  ) {
    const time = new TrainingTime(settings);
    const placeOf = (row: MetricsRow) =>
      over === 'images' ? settings.imagesAfter(row.step) : time.until(row);
    this.#places = rows.map(placeOf);
  }

  /**
   * Reads a run, also while it is written.
   * @throws DcganError ERR_VALUE when it has no metrics yet; ERR_CHECKPOINT_NOT_FOUND, ERR_CHECKPOINT_FORMAT or
   * ERR_CHECKPOINT_READ when there is no run, or none that can be read.
   */
  static async read(directory: string, name: string, over: Over): Promise<PlottedRun> {
    const config = await readConfig(directory);
    const rows = await readMetrics(directory).catch((cause: Error) => {
      const said = `The metrics of ${directory} cannot be read: ${cause.message}.`;
      throw new DcganError('ERR_CHECKPOINT_READ', said, { value: directory, cause });
    });
    if (rows.some(({ type }) => type === 'step')) {
      return new PlottedRun(name, rows, new SettingsHistory(config, rows), over);
    }
    const said = `The run ${directory} has no metrics yet. Train it for longer: every 'logEvery' steps it gets some.`;
    throw new DcganError('ERR_VALUE', said, { value: directory });
  }

  /** How far along the axis the run has come. */
  get end(): number {
    return this.#places.at(-1)!;
  }

  /** Where along the axis there are rows of a type. */
  placesOf(type: string): number[] {
    return this.#places.filter((_, i) => this.rows[i]!.type === type);
  }

  /** What the rows of a type say, from left to right. */
  points(type: string, reading: Reading): Point[] {
    return this.rows.flatMap((row, i) => {
      const y = row.type === type ? reading(row, this.settings) : null;
      return y === null ? [] : [{ x: this.#places[i]!, y }];
    });
  }
}
