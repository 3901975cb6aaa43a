import { type Checkpoint, writeCheckpoint } from '../checkpoint/checkpoint.js';
import { type ImageSource, imageSource } from '../data/images.js';
import { DcganError } from '../errors.js';
import { type GenerateOptions, generate, latentsOf } from '../generation/draw.js';
import { exportAs, exportOnnx, exportSafetensors, type KerasFiles } from '../interop/export.js';
import { importKeras, importSafetensors } from '../interop/import.js';
import type { NativeCore, NativeTrainer } from '../native/bindings.js';
import { native, nativeNow } from '../native/errors.js';
import { loadNative } from '../native/load.js';
import {
  type ImageBatch,
  type ImageInput,
  imagePixels,
  imagesOf,
  noiseOf,
  tensorsOf,
} from '../network/arrays.js';
import { type Network, tensorsOfNetworks } from '../network/tensors.js';
import { type ModelOptions, resolveOptions } from '../options.js';
import { type OpenedRun, openRun, resolveCheckpoint } from '../run/run.js';
import { stepsLeft } from '../run/steps_left.js';
import { version } from '../version.js';
import { type Beginning, fromCheckpoint, fromLoaded, fromRun } from './beginning.js';
import type { EpochCount } from './epoch_count.js';
import type { TrainEvent, TrainSummary } from './events.js';
import { type FitSubject, fit } from './fit.js';
import { checkEpochs, type FitOptions, type ResolvedFitOptions, resolveFitOptions } from './fit_options.js';
import { FitRun } from './fit_run.js';
import { TrainerRun } from './trainer_run.js';
import type {
  BatchOptions,
  ImportOptions,
  LoadOptions,
  Losses,
  TrainerOptions,
  Weights,
} from './trainer_types.js';
import { type DataSummary, loadTrainingData } from './training_data.js';

interface Opened {
  readonly core: NativeCore;
  readonly trainer: NativeTrainer;
  readonly device: string;
}

/**
 * Trains a DCGAN. The constructor only checks the options; the native library and the data are loaded when
 * they are first needed. One thread of its own does the arithmetic: the event loop never waits for it.
 *
 * Whatever needs the networks may therefore reject with what opening them says, once they were not open yet:
 * ERR_ADDON_NOT_FOUND, ERR_LIBTORCH_…, ERR_DEVICE, ERR_OUT_OF_MEMORY. Below, that is "those of opening".
 * @example
 * const trainer = new GanTrainer({ batchSize: 64, seed: 7 });
 * await trainer.fit(3, { outDir: 'runs/first' });
 * const { data, shape } = await trainer.generate(16);
 * trainer.dispose();
 */
export class GanTrainer {
  /** The options in force, the seed that was drawn among them. */
  readonly options: ModelOptions;
  readonly #source: ImageSource;
  #opened: Promise<Opened> | null = null;
  #native: NativeTrainer | null = null;
  /** Whether the native trainer has the restored state, and with it the step. */
  #ready = false;
  #data: Promise<DataSummary> | null = null;
  #epochs: EpochCount | null = null;
  #restored: Checkpoint | null = null;
  #allowMismatch = false;
  #run = new TrainerRun();
  #resumed: OpenedRun | null = null;
  /** What the next `fit` tells before its first step. */
  #notices: string[] = [];
  #training = false;
  #disposed = false;

  /**
   * @throws DcganError ERR_OPTION.
   * @example
   * const trainer = new GanTrainer({ data: 'path/to/fashion-mnist', precision: 'bfloat16' });
   */
  constructor(options: TrainerOptions = {}) {
    const { data, ...model } = options;
    this.options = resolveOptions(model);
    this.#source = imageSource(data);
  }

  /**
   * A trainer that goes on from a checkpoint as if it had never stopped. `fit` tells, as events of type
   * `notice`, which newer ones of a run are damaged.
   * @param checkpoint a checkpoint file, or a run directory, whose newest checkpoint is taken
   * @throws DcganError ERR_CHECKPOINT_…, ERR_OUT_OF_MEMORY, ERR_OPTION; later ERR_DATA_MISMATCH when the data
   * are others.
   * @example
   * const trainer = await GanTrainer.load('a.safetensors', { learningRate: 5e-5 });
   */
  static async load(checkpoint: string, options: LoadOptions = {}): Promise<GanTrainer> {
    return GanTrainer.#begin(fromLoaded(await resolveCheckpoint(checkpoint), options));
  }

  /**
   * A trainer that goes on with a run directory from its newest whole checkpoint, or from the start where it
   * has none yet; `fit` with that `outDir` appends. The run is only read here, and written, or refused, by `fit`.
   * @param run the directory, or what `openRun` gave
   * @throws DcganError ERR_CHECKPOINT_…, ERR_OUT_OF_MEMORY, ERR_OPTION; later ERR_DATA_MISMATCH when the data
   * are others, ERR_RUN_LOCKED while another process writes the run, ERR_RUN_CHANGED when another one has
   * written it meanwhile.
   * @example
   * const trainer = await GanTrainer.resume('runs/first');
   * await trainer.fit(10, { outDir: 'runs/first' });
   */
  static async resume(run: string | OpenedRun, options: LoadOptions = {}): Promise<GanTrainer> {
    const opened = typeof run === 'string' ? await openRun(run) : run;
    const trainer = GanTrainer.#begin(fromRun(opened, options));
    trainer.#run = new TrainerRun({ directory: opened.directory, session: opened.session?.number ?? 0 });
    trainer.#resumed = opened;
    return trainer;
  }

  /**
   * A trainer of networks that Keras saved, with fresh optimisers: Adam begins at its first step, as it would
   * in a new model. The latent size and the dropout rate are those of the files.
   * @param files HDF5 files that `model.save` wrote, of Keras 2 or 3, or that `exportKeras` wrote
   * @throws DcganError ERR_IMPORT_FORMAT, ERR_IMPORT_MISMATCH, ERR_OPTION.
   * @example
   * const files = { generator: 'generator_model.h5', discriminator: 'discriminator_model.h5' };
   * const trainer = await GanTrainer.importKeras(files, { seed: 7 });
   */
  static async importKeras(files: KerasFiles, options: ImportOptions = {}): Promise<GanTrainer> {
    return GanTrainer.#begin(fromCheckpoint(await importKeras(files), options));
  }

  /**
   * A trainer of the networks in one safetensors file, with fresh optimisers, like `importKeras`.
   * @param file what `exportSafetensors` wrote, or PyTorch from a module with the same `state_dict`
   * @throws DcganError ERR_IMPORT_FORMAT, ERR_IMPORT_MISMATCH, ERR_OPTION.
   * @example
   * const trainer = await GanTrainer.importSafetensors('weights.safetensors');
   */
  static async importSafetensors(file: string, options: ImportOptions = {}): Promise<GanTrainer> {
    return GanTrainer.#begin(fromCheckpoint(await importSafetensors(file), options));
  }

  static #begin({ options, restored, allowMismatch, notices }: Beginning): GanTrainer {
    const trainer = new GanTrainer(options);
    trainer.#restored = restored;
    trainer.#allowMismatch = allowMismatch;
    trainer.#notices = [...notices];
    return trainer;
  }

  /** Steps taken since the first of this model. */
  get step(): number {
    return (this.#ready ? this.#native?.step : this.#restored?.step) ?? 0;
  }

  /** Steps in an epoch; null until the data were first needed. */
  get stepsPerEpoch(): number | null {
    return this.#epochs?.stepsPerEpoch ?? null;
  }

  /**
   * Steps until the run that was resumed has all that it was last asked for, 0 when it has it; null for a trainer that
   * resumed no run. Loads the data.
   * @throws DcganError ERR_DATA_…, ERR_DISPOSED, those of opening.
   * @example
   * const trainer = await GanTrainer.resume('runs/first');
   * console.log(await trainer.stepsLeft());
   */
  async stepsLeft(): Promise<number | null> {
    if (!this.#resumed) return null;
    await this.#loadData();
    return stepsLeft(this.#resumed, this.step, this.#epochs!.stepsPerEpoch);
  }

  /**
   * Trains `epochs` more epochs, whatever was trained before; within an epoch it goes on where that one was
   * left. Await the result for the summary, or iterate it for the events. Options are checked, and the
   * trainer is busy, when this returns; nothing is thrown, the result rejects.
   * @throws DcganError ERR_OPTION, ERR_BUSY, ERR_DATA_…, ERR_RUN_…, ERR_OUTPUT…, ERR_SETUP when pictures cannot be
   * encoded, ERR_DIVERGED, ERR_DISPOSED, those of opening; the signal's reason; what `onEvent` throws.
   * @example
   * const run = trainer.fit(10, { outDir: 'runs/first', signal: AbortSignal.timeout(60_000) });
   * for await (const event of run) if (event.type === 'epoch') console.log(event.epoch, event.generatorLoss);
   * const { checkpoint } = await run;
   */
  fit(epochs: number, options: FitOptions = {}): FitRun {
    return new FitRun(async (emit) => {
      const resolved = resolveFitOptions(options);
      checkEpochs(epochs);
      return this.#exclusively(() => this.#fit(epochs, resolved, emit));
    });
  }

  async #fit(
    epochs: number,
    options: ResolvedFitOptions,
    emit: (event: TrainEvent) => void,
  ): Promise<TrainSummary> {
    options.signal?.throwIfAborted();
    const { core, trainer, device } = await this.#open();
    const data = await this.#loadData();
    const counted = this.#epochs!;
    const { stepsPerEpoch } = counted;
    const task = { step: this.step, epochs, steps: options.steps ?? null, stepsPerEpoch };
    const config = this.#config(core, data, epochs, options);
    const run = options.outDir ? await this.#run.begin(options.outDir, task, config) : null;
    const self = this;
    const subject: FitSubject = {
      options: this.options,
      device,
      epochs: counted,
      notices: this.#notices.splice(0),
      get step() {
        return self.step;
      },
      run: async (steps) => {
        this.#alive();
        const result = await native(() => trainer.run(steps));
        this.#alive();
        return result;
      },
      stop: () => trainer.stop(),
      generate: (count) => this.generate(count),
      checkpoint: () => this.#checkpoint(),
    };
    const steps = Math.min(epochs * stepsPerEpoch, options.steps ?? Infinity);
    try {
      return await fit(subject, steps, run, options, emit);
    } finally {
      await run?.end();
    }
  }

  /**
   * One step of both networks on the caller's images, the same that `fit` takes.
   * @param images [batchSize, 28, 28, 1], pixels 0 … 255 or numbers in [-1, 1]
   * @throws DcganError ERR_SHAPE, ERR_BUSY while it trains already, ERR_DIVERGED, ERR_DISPOSED, those of
   * opening.
   * @example
   * const { pixels } = await mnist().load();
   * const { generatorLoss } = await trainer.trainOnBatch(pixels.subarray(0, trainer.options.batchSize * 784));
   */
  trainOnBatch(images: ImageInput, options: BatchOptions = {}): Promise<Losses> {
    const { batchSize, latentSize } = this.options;
    return this.#exclusively(async () => {
      const batch = imagesOf(images, batchSize);
      const noise = options.noise ? noiseOf(options.noise, batchSize, latentSize) : null;
      const { trainer } = await this.#open();
      return native(() => trainer.trainOnBatch(batch, noise));
    });
  }

  /**
   * Draws `count` images [count, 28, 28, 1] in [-1, 1] with inference statistics; also while `fit` runs.
   * @throws DcganError ERR_OPTION, ERR_SHAPE, ERR_DISPOSED, those of opening.
   * @example
   * const { data, shape } = await trainer.generate(16, { seed: 1 });
   */
  async generate(count: number, options: GenerateOptions = {}): Promise<ImageBatch> {
    this.#alive();
    const drawn = latentsOf(count, options, this.options);
    const { trainer } = await this.#open();
    return generate(drawn, (latents) => trainer.generate([latents]));
  }

  /**
   * The discriminator's logits of images [n, 28, 28, 1]: above 0 where it takes them for real.
   * @throws DcganError ERR_SHAPE, ERR_DISPOSED, those of opening.
   * @example
   * const { data } = await trainer.generate(16);
   * const logits = await trainer.discriminate(data);
   */
  async discriminate(images: ImageInput): Promise<Float32Array> {
    const batch = imagesOf(images);
    const { trainer } = await this.#open();
    return native(() => trainer.discriminate(batch, batch.length / imagePixels));
  }

  /**
   * Copies of both networks' tensors, batch-norm statistics included.
   * @throws DcganError ERR_DISPOSED, those of opening.
   * @example
   * const { data, shape } = (await trainer.weights())['generator.conv3.weight']!;
   */
  async weights(): Promise<Weights> {
    const { state } = await this.#checkpoint();
    return tensorsOfNetworks(state);
  }

  /**
   * Replaces tensors by name; those that are not named stay. The optimisers stay as they are.
   * @throws DcganError ERR_SHAPE for an unknown name or another shape; then nothing was replaced. ERR_BUSY
   * while it trains, ERR_DISPOSED, those of opening.
   * @example
   * await trainer.setWeights({ 'discriminator.dense.bias': { data: Float32Array.of(0), shape: [1] } });
   */
  async setWeights(weights: Weights): Promise<void> {
    this.#alive();
    const copies = tensorsOf(weights);
    const { trainer } = await this.#open();
    return this.#exclusively(() => native(() => trainer.setState(copies, null)));
  }

  /**
   * Writes a checkpoint, whole or not at all; also while `fit` runs.
   * @throws DcganError ERR_OUTPUT, ERR_DISPOSED, those of opening.
   * @example
   * await trainer.save('a.safetensors');
   */
  async save(path: string): Promise<void> {
    await writeCheckpoint(path, await this.#checkpoint());
  }

  /**
   * Writes `generator_model.h5` and `discriminator_model.h5`, which `keras.models.load_model` opens, of Keras
   * 2 and 3.
   * @returns their paths
   * @throws DcganError ERR_OUTPUT, ERR_DISPOSED, those of opening.
   * @example
   * const { generator } = await trainer.exportKeras('models');
   */
  async exportKeras(directory: string): Promise<KerasFiles> {
    const [generator, discriminator] = await exportAs('keras', directory, await this.#checkpoint());
    return { generator: generator!, discriminator: discriminator! };
  }

  /**
   * Writes one network as an ONNX file, by default the generator.
   * @throws DcganError ERR_OUTPUT, ERR_DISPOSED, those of opening.
   * @example
   * await trainer.exportOnnx('discriminator.onnx', 'discriminator');
   */
  async exportOnnx(file: string, network: Network = 'generator'): Promise<void> {
    await exportOnnx(network, file, await this.#checkpoint());
  }

  /**
   * Writes the weights of both networks as one safetensors file, under PyTorch's names and in its layouts;
   * without the optimisers, which `save` keeps.
   * @throws DcganError ERR_OUTPUT, ERR_DISPOSED, those of opening.
   * @example
   * await trainer.exportSafetensors('weights.safetensors');
   */
  async exportSafetensors(file: string): Promise<void> {
    await exportSafetensors(file, await this.#checkpoint());
  }

  /**
   * Stops whatever runs after its current step and frees everything. Later calls reject with ERR_DISPOSED.
   * @example
   * trainer.dispose();
   */
  dispose(): void {
    this.#disposed = true;
    this.#native?.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #alive(): void {
    if (this.#disposed) throw new DcganError('ERR_DISPOSED', 'This trainer was disposed of; make a new one.');
  }

  /** Runs what changes the weights, one at a time. */
  async #exclusively<T>(work: () => Promise<T>): Promise<T> {
    this.#alive();
    if (this.#training) {
      throw new DcganError('ERR_BUSY', 'This trainer is training already: await that first.');
    }
    this.#training = true;
    try {
      return await work();
    } finally {
      this.#training = false;
    }
  }

  async #open(): Promise<Opened> {
    this.#alive();
    this.#opened ??= this.#start().catch((error) => {
      // What failed to load may be there the next time.
      this.#opened = null;
      throw error;
    });
    return this.#opened;
  }

  async #start(): Promise<Opened> {
    const core = loadNative();
    const trainer = nativeNow(() => new core.Trainer(this.options));
    this.#native = trainer;
    try {
      const device = await native(() => trainer.open());
      const restored = this.#restored;
      if (restored) await native(() => trainer.setState(restored.state, restored.step));
      this.#ready = true;
      return { core, trainer, device };
    } catch (error) {
      // Its thread would be left behind: the next call makes another.
      trainer.dispose();
      throw error;
    }
  }

  #loadData(): Promise<DataSummary> {
    this.#data ??= this.#readData().catch((error) => {
      this.#data = null;
      throw error;
    });
    return this.#data;
  }

  async #readData(): Promise<DataSummary> {
    const { batchSize } = this.options;
    const model = {
      batchSize,
      step: this.step,
      restored: this.#restored,
      allowMismatch: this.#allowMismatch,
    };
    const { summary, pixels, epochs } = await loadTrainingData(this.#source, model);
    const { trainer } = await this.#open();
    const { step, epoch } = epochs.origin;
    await native(() => trainer.setData(pixels, summary.count, step, epoch));
    this.#epochs = epochs;
    return summary;
  }

  async #checkpoint(): Promise<Checkpoint> {
    const { core, trainer } = await this.#open();
    const { step, tensors: state } = await native(() => trainer.state());
    const data = this.#data ? await this.#data : (this.#restored?.data ?? null);
    const createdBy = `dcgan-native ${version}, libtorch ${core.torchVersion()}`;
    const epochOrigin = this.#epochs?.origin ?? this.#restored?.epochOrigin;
    return { options: this.options, step, data, ...(epochOrigin && { epochOrigin }), state, createdBy };
  }

  /** What `config.json` says of a new run. */
  #config(core: NativeCore, data: DataSummary, epochs: number, options: ResolvedFitOptions): object {
    const { signal, onEvent, outDir, ...kept } = options;
    return {
      versions: { dcganNative: version, libtorch: core.torchVersion(), node: process.versions.node },
      model: this.options,
      data: this.#source.name,
      dataSha256: data.sha256,
      fit: { epochs, ...kept },
    };
  }
}
