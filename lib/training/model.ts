import type { Checkpoint } from '../checkpoint/checkpoint.js';
import { describeSource, type ImageSource } from '../data/images.js';
import { DcganError } from '../errors.js';
import type { NativeCore, NativeTrainer } from '../native/bindings.js';
import { native, nativeNow } from '../native/errors.js';
import { loadNative } from '../native/load.js';
import { type ModelOptions, resolveOptions } from '../options.js';
import { version } from '../version.js';
import type { EpochCount } from './epoch_count.js';
import { type DataSummary, loadTrainingData } from './training_data.js';

/** The native side of a trainer. */
export interface Opened {
  readonly core: NativeCore;
  readonly trainer: NativeTrainer;
}

/** Data that the native side has. */
export interface LoadedData {
  readonly summary: DataSummary;
  readonly epochs: EpochCount;
}

/** What a model goes on from. */
export interface Origin {
  /** null for a model that has not been trained yet. */
  readonly restored: Checkpoint | null;
  readonly allowMismatch: boolean;
}

/** Both networks with their optimisers, and their data: each is loaded when it is first needed. */
export class Model {
  #options: ModelOptions;
  #opened: Promise<Opened> | null = null;
  #native: NativeTrainer | null = null;
  /** null until the native trainer has the restored state, and with it the step. */
  #device: string | null = null;
  #loading: Promise<LoadedData> | null = null;
  #data: LoadedData | null = null;
  #disposed = false;

  constructor(
    options: ModelOptions,
    readonly source: ImageSource,
    private readonly origin: Origin = { restored: null, allowMismatch: false },
  ) {
    this.#options = options;
  }

  /** The same before anything was loaded, to go on from what there is already. */
  goingOnFrom(origin: Origin): Model {
    return new Model(this.#options, this.source, origin);
  }

  get options(): ModelOptions {
    return this.#options;
  }

  /** Steps taken since the first. */
  get step(): number {
    return (this.#device === null ? this.origin.restored?.step : this.#native?.step) ?? 0;
  }

  /** null until the networks were first needed. */
  get device(): string | null {
    return this.#device;
  }

  /** null until the data were first needed. */
  get data(): LoadedData | null {
    return this.#data;
  }

  /** @throws DcganError ERR_DISPOSED. */
  checkAlive(): void {
    if (this.#disposed) throw new DcganError('ERR_DISPOSED', 'This trainer was disposed of; make a new one.');
  }

  /** Makes the networks, unless they are there. @throws DcganError ERR_DISPOSED, those of opening. */
  async open(): Promise<Opened> {
    this.checkAlive();
    this.#opened ??= this.#start().catch((error) => {
      // What failed to load may be there the next time.
      this.#opened = null;
      throw error;
    });
    return this.#opened;
  }

  async #start(): Promise<Opened> {
    const core = loadNative();
    const trainer = nativeNow(() => new core.Trainer(this.#options));
    this.#native = trainer;
    try {
      const device = await native(() => trainer.open());
      const { restored } = this.origin;
      if (restored) await native(() => trainer.setState(restored.state, restored.step));
      this.#device = device;
      return { core, trainer };
    } catch (error) {
      // Its thread would be left behind: the next call makes another.
      trainer.dispose();
      throw error;
    }
  }

  /** Loads what it is trained on, unless that is there. @throws DcganError ERR_DATA_…, those of opening. */
  loadData(): Promise<LoadedData> {
    this.#loading ??= this.#load().catch((error) => {
      this.#loading = null;
      throw error;
    });
    return this.#loading;
  }

  async #load(): Promise<LoadedData> {
    const { batchSize } = this.#options;
    const { summary, pixels, epochs } = await loadTrainingData(this.source, {
      batchSize,
      step: this.step,
      ...this.origin,
    });
    const { trainer } = await this.open();
    const { step, epoch } = epochs.origin;
    await native(() => trainer.setData(pixels, summary.count, step, epoch));
    this.#data = { summary, epochs };
    return this.#data;
  }

  /** Another learning rate from the next step on. @throws DcganError ERR_OPTION, those of opening. */
  async setLearningRate(learningRate: number): Promise<void> {
    const options = resolveOptions({ ...this.#options, learningRate });
    const { trainer } = await this.open();
    await native(() => trainer.setLearningRate(learningRate));
    this.#options = options;
  }

  /** Everything that decides how training goes on, copied. @throws DcganError ERR_DIVERGED, those of opening. */
  async checkpoint(): Promise<Checkpoint> {
    const { core, trainer } = await this.open();
    const options = this.#options;
    const { step, tensors: state } = await native(() => trainer.state());
    const { restored } = this.origin;
    // While data are being loaded, no step on them has been taken.
    const data = this.#data?.summary ?? restored?.data ?? null;
    const epochOrigin = this.#data?.epochs.origin ?? restored?.epochOrigin;
    return {
      options,
      step,
      data,
      source: describeSource(this.source),
      ...(epochOrigin && { epochOrigin }),
      state,
      createdBy: `dcgan-native ${version}, libtorch ${core.torchVersion()}`,
    };
  }

  /** Frees everything after the current step, and for good. */
  dispose(): void {
    this.#disposed = true;
    this.#native?.dispose();
  }
}
