import {
  type CheckpointInput,
  encodeCheckpoint,
  isCheckpointInput,
  readCheckpoint,
  streamCheckpoint,
  writeCheckpoint,
} from '../checkpoint/checkpoint.js';
import { imageSource } from '../data/images.js';
import { DcganError } from '../errors.js';
import { type EvaluateOptions, resolveEvaluateOptions } from '../evaluation/evaluate.js';
import type { EvaluationReport } from '../evaluation/report.js';
import { makeParent } from '../files/directories.js';
import { type GenerateOptions, generate, latentsOf } from '../generation/draw.js';
import type { PictureOptions } from '../generation/generator.js';
import { encodePicture } from '../image/picture.js';
import { exportAs, exportOnnx, exportSafetensors, type KerasFiles } from '../interop/export.js';
import { importKeras, importSafetensors } from '../interop/import.js';
import { native } from '../native/errors.js';
import {
  type ImageBatch,
  type ImageInput,
  imagesOf,
  labelsOf,
  noiseOf,
  tensorsOf,
} from '../network/arrays.js';
import { imageNumbers } from '../network/layers.js';
import { type Network, tensorsOfNetworks, withAverage } from '../network/tensors.js';
import { type ModelOptions, resolveOptions } from '../options.js';
import { type PresetName, withPreset } from '../presets.js';
import type { LoadedCheckpoint } from '../run/checkpoints.js';
import { stepsOf } from '../run/record.js';
import { type OpenedRun, openRun, resolveCheckpoint } from '../run/run.js';
import { stepsLeft } from '../run/steps_left.js';
import {
  type BatchOptions,
  checkBatchOptions,
  checkDiscriminateOptions,
  type DiscriminateOptions,
} from './batch_options.js';
import { type Beginning, fromCheckpoint, fromLoaded, fromRun } from './beginning.js';
import { companyOf } from './company.js';
import type { TrainEvent, TrainSummary } from './events.js';
import type { FitSubject } from './fit.js';
import { fitInto } from './fit_into.js';
import { type FitOptions, type FitRequest, fitRequest } from './fit_options.js';
import { FitRun } from './fit_run.js';
import { fitSubject } from './fit_subject.js';
import { Model } from './model.js';
import { Reading } from './reading.js';
import { dismiss, follow, lead, nothingTrained } from './together.js';
import { settingsOf, TrainerRun } from './trainer_run.js';
import type {
  ImportOptions,
  LearningRates,
  LoadOptions,
  Losses,
  TrainerOptions,
  Weights,
} from './trainer_types.js';

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
  #model: Model;
  #run = new TrainerRun();
  #resumed: OpenedRun | null = null;
  /** What the next `fit` tells before its first step. */
  #notices: string[] = [];
  #training = false;
  readonly #preset: PresetName | null;

  /**
   * @throws DcganError ERR_OPTION.
   * @example
   * const trainer = new GanTrainer({ data: 'path/to/fashion-mnist', precision: 'bfloat16' });
   */
  constructor(options: TrainerOptions = {}) {
    const { data, preset, parallel, parallelTimeout, batchSizePerProcess, ...given } = options;
    const parallelism = { parallel, parallelTimeout, batchSizePerProcess };
    const { company, model } = companyOf(parallelism, withPreset(preset, given));
    const all = { ...model, ...(data !== undefined && { data }) };
    this.#model = new Model(resolveOptions(model), imageSource(data), all, company);
    this.#preset = preset ?? null;
  }

  /**
   * A trainer that goes on from a checkpoint as if it had never stopped. `fit` tells, as events of type
   * `notice`, which newer ones of a run are damaged.
   * @param checkpoint a checkpoint file, its bytes or a stream of them, a run directory, whose newest checkpoint is taken, or a
   * checkpoint that was read
   * @throws DcganError ERR_CHECKPOINT_…, ERR_OUT_OF_MEMORY, ERR_OPTION; later ERR_DATA_MISMATCH when the data
   * are others.
   * @example
   * const trainer = await GanTrainer.load('a.safetensors', { learningRate: 5e-5 });
   */
  static async load(
    checkpoint: CheckpointInput | LoadedCheckpoint,
    options: LoadOptions = {},
  ): Promise<GanTrainer> {
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

  static #begin({ options, notices, ...origin }: Beginning): GanTrainer {
    const trainer = new GanTrainer(options);
    trainer.#model = trainer.#model.goingOnFrom(origin);
    trainer.#notices = [...notices];
    return trainer;
  }

  /** The options in force, the seed that was drawn among them. */
  get options(): ModelOptions {
    return this.#model.options;
  }

  /** Where it computes: `cpu` or `cuda:N`; null until the networks were first needed. */
  get device(): string | null {
    return this.#model.device;
  }

  /** Steps taken since the first of this model. */
  get step(): number {
    return this.#model.step;
  }

  /** Steps in an epoch; null until the data were first needed. */
  get stepsPerEpoch(): number | null {
    return this.#model.data?.epochs.stepsPerEpoch ?? null;
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
    const { epochs } = await this.#model.loadData();
    return stepsLeft(this.#resumed, this.step, epochs.stepsPerEpoch);
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
  fit(epochs: number, options?: FitOptions): FitRun;
  /**
   * Trains so many more steps, over as many epochs as they take.
   * @throws DcganError ERR_OPTION, ERR_BUSY and the others of `fit(epochs)`.
   * @example
   * const { generatorLoss } = await trainer.fit({ steps: 500, outDir: 'runs/first' });
   */
  fit(options: FitOptions & { readonly steps: number }): FitRun;
  fit(first: number | FitOptions, second?: FitOptions): FitRun {
    return new FitRun(async (emit) => {
      const request = fitRequest(first, second);
      return this.#exclusively(() => this.#fit(request, emit));
    });
  }

  async #fit({ epochs, options }: FitRequest, emit: (event: TrainEvent) => void): Promise<TrainSummary> {
    options.signal?.throwIfAborted();
    const model = this.#model;
    await model.join(options.signal);
    // First, as the size of its images may follow from them.
    const amount = { ...(epochs !== null && { epochs }), ...(options.steps && { steps: options.steps }) };
    const reading = new Reading(emit, options.onEvent);
    const data = await model.loadData(amount, reading.onProgress);
    await reading.handled();
    const opened = await model.open();
    const { stepsPerEpoch } = data.epochs;
    const task = { step: this.step, epochs, steps: options.steps ?? null, stepsPerEpoch };
    const notices = [...this.#notices.splice(0), ...model.takeNotices()];
    const own = fitSubject(model, opened, data, options, notices);
    const { group } = model;
    if (group && !group.leads) return follow(group, own, options, emit);
    const settings = settingsOf(model, this.#preset, data, opened.core.torchVersion(), options);
    const steps = stepsOf(amount, stepsPerEpoch);
    const train = async (subject: FitSubject) => {
      const run = options.outDir ? await this.#run.begin(options.outDir, task, settings) : null;
      return fitInto(run, subject, steps, options, emit);
    };
    return group ? lead(group, own, train) : train(own);
  }

  /**
   * Lets the other processes go, where this is the one that leads several: what they have called `fit` for is done, and resolves
   * without a step. For a run that turns out to be complete.
   * @throws DcganError ERR_BUSY while it trains, ERR_DATA_…, ERR_PARALLEL, ERR_DISPOSED, those of opening.
   * @example
   * if ((await trainer.stepsLeft()) === 0) await trainer.dismiss();
   */
  dismiss(): Promise<void> {
    return this.#exclusively(async () => {
      const model = this.#model;
      const { epochs } = await model.loadData();
      await model.open();
      if (model.group?.leads) await dismiss(model.group, nothingTrained(model.step, epochs.of(model.step)));
    });
  }

  /**
   * One step of both networks on the caller's images, the same that `fit` takes. Of several processes that train together all call
   * it, each with its share of the batch.
   * @param images [batchSize, imageSize, imageSize, channels], pixels 0 … 255 or numbers in [-1, 1]
   * @throws DcganError ERR_SHAPE, ERR_VALUE, ERR_LABELS, ERR_OPTION, ERR_BUSY while it trains already, ERR_DIVERGED, ERR_DISPOSED,
   * those of opening. Nothing was trained then.
   * @example
   * const { pixels } = await mnist().load();
   * const { generatorLoss } = await trainer.trainOnBatch(pixels.subarray(0, trainer.options.batchSize * 784));
   */
  trainOnBatch(images: ImageInput, options: BatchOptions = {}): Promise<Losses> {
    const { batchSize, latentSize, classes } = this.options;
    const count = batchSize / this.#model.processes;
    return this.#exclusively(async () => {
      const given = checkBatchOptions(options);
      const batch = imagesOf(images, this.options, count);
      const noise = given.noise === undefined ? null : noiseOf(given.noise, count, latentSize);
      const labels = labelsOf(given.labels, count, classes);
      const { trainer } = await this.#model.open();
      return native(() => trainer.trainOnBatch(batch, noise, labels));
    });
  }

  /**
   * Draws `count` images [count, imageSize, imageSize, channels] in [-1, 1] with inference statistics; also while `fit` runs.
   * @throws DcganError ERR_OPTION, ERR_SHAPE, ERR_VALUE, ERR_LABELS, ERR_DIVERGED when what is drawn is not finite,
   * ERR_DISPOSED, those of opening.
   * @example
   * const { data, shape } = await trainer.generate(16, { seed: 1 });
   */
  async generate(count: number, options: GenerateOptions = {}): Promise<ImageBatch> {
    this.#model.checkAlive();
    const drawn = latentsOf(count, options, this.options);
    const { trainer } = await this.#model.open();
    return generate(drawn, this.options, (latents) => trainer.generate([latents]));
  }

  /**
   * Draws `count` images into one picture: a PNG with the images in a grid.
   * @throws DcganError those of `generate`, ERR_DISPOSED among them; ERR_SETUP when the encoder cannot be loaded.
   * @example
   * const picture = await trainer.png(64, { seed: 1, columns: 8, scale: 2 });
   */
  async png(count: number, { columns, gap, scale, ...options }: PictureOptions = {}): Promise<Buffer> {
    const images = await this.generate(count, options);
    return encodePicture(images, { columns, gap, scale });
  }

  /**
   * Tells how good the images are that it draws, how diverse, and whether they repeat those it trains on: FID and the other
   * figures of docs/evaluation.md, beside what real images have.
   * @throws DcganError ERR_OPTION, ERR_FEATURES, ERR_DATA_…, ERR_BUSY while it trains, ERR_DIVERGED, ERR_DISPOSED, those of
   * opening; the signal's reason.
   * @example
   * const { figures } = await trainer.evaluate({ samples: 10_000 });
   * console.log(figures.fid.value, figures.fid.floor);
   */
  evaluate(options: EvaluateOptions = {}): Promise<EvaluationReport> {
    return this.#exclusively(async () => this.#model.evaluate(resolveEvaluateOptions(options)));
  }

  /**
   * The discriminator's logits of images [n, imageSize, imageSize, channels]: the higher, the more it takes them for real;
   * of objective `bce` above 0 where it does.
   * @throws DcganError ERR_SHAPE, ERR_VALUE, ERR_LABELS, ERR_OPTION, ERR_DIVERGED when a logit is not finite, ERR_DISPOSED, those of opening.
   * @example
   * const { data } = await trainer.generate(16);
   * const logits = await trainer.discriminate(data);
   */
  async discriminate(images: ImageInput, options: DiscriminateOptions = {}): Promise<Float32Array> {
    const given = checkDiscriminateOptions(options);
    const batch = imagesOf(images, this.options);
    const count = batch.length / imageNumbers(this.options);
    const labels = labelsOf(given.labels, count, this.options.classes);
    const { trainer } = await this.#model.open();
    return native(() => trainer.discriminate(batch, count, labels));
  }

  /**
   * Copies of both networks' tensors, batch-norm statistics included.
   * @throws DcganError ERR_DISPOSED, those of opening.
   * @example
   * const { data, shape } = (await trainer.weights())['generator.conv3.weight']!;
   */
  async weights(): Promise<Weights> {
    const { state } = await this.#model.checkpoint();
    return tensorsOfNetworks(state);
  }

  /**
   * Replaces tensors by name; those that are not named stay. The optimisers stay as they are.
   * @param weights tensors, or a checkpoint file, its bytes or a stream of them, whose networks are taken
   * @throws DcganError ERR_SHAPE for an unknown name or another shape; then nothing was replaced. ERR_CHECKPOINT_…,
   * ERR_BUSY while it trains, ERR_DISPOSED, those of opening.
   * @example
   * await trainer.setWeights({ 'discriminator.dense.bias': { data: Float32Array.of(0), shape: [1] } });
   */
  setWeights(weights: Weights | CheckpointInput): Promise<void> {
    return this.#exclusively(async () => {
      const tensors = isCheckpointInput(weights)
        ? tensorsOfNetworks((await readCheckpoint(weights)).state)
        : tensorsOf(weights);
      const { trainer } = await this.#model.open();
      // The average begins anew with what it is an average of.
      const state = this.options.ema > 0 ? withAverage(tensors, true) : tensors;
      return native(() => trainer.setState(state, null));
    });
  }

  /**
   * Trains with another learning rate from now on, of both networks or of each; `options` and later checkpoints say so. A
   * schedule goes on from there.
   * @throws DcganError ERR_OPTION, ERR_BUSY while it trains, ERR_DISPOSED, those of opening.
   * @example
   * await trainer.setLearningRate(trainer.options.learningRate / 2);
   */
  setLearningRate(learningRate: number | LearningRates): Promise<void> {
    return this.#exclusively(() => this.#model.setLearningRate(learningRate));
  }

  /**
   * Writes a checkpoint; also while `fit` runs. A file is written whole or not at all, in a directory that is made when it
   * is not there; a stream is ended.
   * @throws DcganError ERR_OUTPUT, ERR_DIVERGED when `setWeights` was given numbers that are not finite, ERR_DISPOSED,
   * those of opening.
   * @example
   * await trainer.save('models/a.safetensors');
   */
  save(to: string | NodeJS.WritableStream): Promise<void>;
  /**
   * The bytes of that checkpoint.
   * @throws DcganError ERR_DIVERGED, ERR_DISPOSED, those of opening.
   * @example
   * const bytes = await trainer.save();
   * const copy = await GanTrainer.load(bytes);
   */
  save(): Promise<Buffer>;
  async save(to?: string | NodeJS.WritableStream): Promise<unknown> {
    if (typeof to === 'string') await makeParent(to);
    const checkpoint = await this.#model.checkpoint();
    if (to === undefined) return encodeCheckpoint(checkpoint);
    return typeof to === 'string' ? writeCheckpoint(to, checkpoint) : streamCheckpoint(to, checkpoint);
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
    const [generator, discriminator] = await exportAs('keras', directory, await this.#model.checkpoint());
    return { generator: generator!, discriminator: discriminator! };
  }

  /**
   * Writes one network as an ONNX file, by default the generator.
   * @throws DcganError ERR_OUTPUT, ERR_DISPOSED, those of opening.
   * @example
   * await trainer.exportOnnx('discriminator.onnx', 'discriminator');
   */
  async exportOnnx(file: string, network: Network = 'generator'): Promise<void> {
    await exportOnnx(network, file, await this.#model.checkpoint());
  }

  /**
   * Writes the weights of both networks as one safetensors file, under PyTorch's names and in its layouts;
   * without the optimisers, which `save` keeps.
   * @throws DcganError ERR_OUTPUT, ERR_DISPOSED, those of opening.
   * @example
   * await trainer.exportSafetensors('weights.safetensors');
   */
  async exportSafetensors(file: string): Promise<void> {
    await exportSafetensors(file, await this.#model.checkpoint());
  }

  /**
   * Stops whatever runs after its current step and frees everything. Later calls reject with ERR_DISPOSED.
   * @example
   * trainer.dispose();
   */
  dispose(): void {
    this.#model.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Runs what changes the weights, one at a time. */
  async #exclusively<T>(work: () => Promise<T>): Promise<T> {
    this.#model.checkAlive();
    if (this.#training) {
      throw new DcganError('ERR_BUSY', 'This trainer is training already: await that first.');
    }
    this.#training = true;
    try {
      return await work();
    } catch (error) {
      // Who disposes of it leaves the processes that it trains with.
      if (error instanceof DcganError && error.code === 'ERR_PARALLEL') this.#model.checkAlive();
      throw error;
    } finally {
      this.#training = false;
    }
  }
}
