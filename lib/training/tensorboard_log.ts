import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { whenMissing } from '../files/missing.js';
import { outputError } from '../files/output_error.js';
import type { ModelOptions } from '../options.js';
import { SettingsHistory } from '../run/settings.js';
import type { RunWriter } from '../run/writer.js';
import { EventFile } from '../tensorboard/event_file.js';
import { image, scalar, text, type Value } from '../tensorboard/event_schema.js';
import type { EvaluationEvent, StepEvent, TrainEvent } from './events.js';

/** The model that is trained. */
interface LoggedModel {
  readonly step: number;
  /** Those in force. */
  readonly options: ModelOptions;
}

/** Losses, rates and the speed. What stands before the slash is a group of charts. */
function stepScalars(
  { step, discriminatorLoss, generatorLoss, penalty, imagesPerSecond }: StepEvent,
  model: ModelOptions,
): Value[] {
  const settings = new SettingsHistory({ model }, []);
  // In the last of the steps that the event tells of.
  const rate = (network: 'Generator' | 'Discriminator') => settings.learningRate(network, step - 1);
  return [
    scalar('loss/discriminator', discriminatorLoss),
    scalar('loss/generator', generatorLoss),
    ...(penalty === undefined ? [] : [scalar('loss/penalty', penalty)]),
    scalar('learning_rate/discriminator', rate('Discriminator')),
    scalar('learning_rate/generator', rate('Generator')),
    scalar('speed/images_per_second', imagesPerSecond),
  ];
}

function evaluationScalars({ figures, variety }: EvaluationEvent): Value[] {
  const found = Object.entries(figures).map(([name, { value }]) =>
    scalar(`evaluation/${snake(name)}`, value),
  );
  return [...found, scalar('evaluation/variety', variety)];
}

/** `fid_infinity` for `fidInfinity`. */
const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** What an event is in TensorBoard; nothing where it is none there. A picture is in a file of its own. */
function valuesOf(event: TrainEvent, model: ModelOptions): Value[] {
  if (event.type === 'step') return stepScalars(event, model);
  if (event.type === 'evaluation') return evaluationScalars(event);
  if (event.type === 'watchdog')
    return [text('watchdog', `Watch out: ${event.seen.replace(/\.$/, '')}. Try ${event.advice}.`)];
  if (event.type !== 'rollback') return [];
  return [text('rollback', `Back to step ${event.to}, with a learning rate of ${event.learningRate}.`)];
}

/** Writes the events of one `fit` for TensorBoard, in their order, while training goes on. */
export class TensorBoardLog {
  /** All that was added so far; what failed of it was told to whoever added it. */
  #written: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly file: EventFile,
    private readonly model: LoggedModel,
  ) {}

  /**
   * @param where a directory that holds one for each run, or, where no run is written, events themselves; true: into the run
   * @throws DcganError ERR_OUTPUT, ERR_OUTPUT_EXISTS.
   */
  static async begin(
    where: string | true,
    run: RunWriter | null,
    model: LoggedModel,
  ): Promise<TensorBoardLog> {
    const directory = directoryOf(where, run?.directory ?? null);
    return new TensorBoardLog(await EventFile.begin(directory, model.step, run?.session === 1), model);
  }

  /** @returns a promise of its being written. @throws DcganError ERR_OUTPUT. */
  add(event: TrainEvent): Promise<void> {
    const values = valuesOf(event, this.model.options);
    const written = this.#written.then(() => this.#write(event, values));
    this.#written = written.catch(() => undefined);
    return written;
  }

  async #write(event: TrainEvent, values: readonly Value[]): Promise<void> {
    if (event.type === 'checkpoint') await this.file.sync();
    else if (event.type === 'sample') await this.#writePicture(event.step, event.path);
    else if ('step' in event && values.length > 0) await this.file.append(event.step, values);
  }

  async #writePicture(step: number, path: string): Promise<void> {
    // Whoever has removed it already does not miss it here.
    const png = await readFile(path)
      .catch(whenMissing(null))
      .catch((error: unknown) => {
        throw outputError(this.file.path, error);
      });
    if (png !== null) await this.file.append(step, [image('samples', png)]);
  }

  /** Once all is written. Never fails: training has ended by then, well or not. */
  async close(): Promise<void> {
    await this.#written;
    await this.file.close();
  }
}

function directoryOf(where: string | true, run: string | null): string {
  if (run === null) return where as string;
  return where === true ? join(run, 'tensorboard') : join(where, basename(resolve(run)));
}
