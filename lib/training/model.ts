import type { Checkpoint } from '../checkpoint/checkpoint.js';
import { describeSource, type ImageSource } from '../data/images.js';
import { DcganError } from '../errors.js';
import type { ResolvedEvaluateOptions } from '../evaluation/evaluate.js';
import { type Draw, type EvaluatedModel, ModelEvaluation } from '../evaluation/model_evaluation.js';
import type { EvaluationReport } from '../evaluation/report.js';
import type { NativeCore, NativeTrainer } from '../native/bindings.js';
import { native, nativeNow } from '../native/errors.js';
import { loadNative } from '../native/load.js';
import { imageNumbers } from '../network/layers.js';
import { withAverage } from '../network/tensors.js';
import { type ModelOptions, resolveOptions } from '../options.js';
import { Group, sharedThreads } from '../parallel/group.js';
import { describePlace } from '../parallel/place.js';
import { type Amount, stepsOf } from '../run/record.js';
import { version } from '../version.js';
import { agree, type GivenOptions, withOwn } from './agreement.js';
import type { Company } from './company.js';
import type { EpochCount } from './epoch_count.js';
import { onAbort } from './on_abort.js';
import type { LearningRates } from './trainer_types.js';
import { type DataSummary, loadTrainingData, type TrainingData } from './training_data.js';

/** The native side of a trainer. */
export interface Opened {
  readonly core: NativeCore;
  readonly trainer: NativeTrainer;
}

/** Data that the native side has. */
export interface LoadedData {
  readonly summary: DataSummary;
  readonly epochs: EpochCount;
  /** What the next training is to tell of them; taken out when it does. */
  readonly notices: string[];
}

/** What a model goes on from. */
export interface Origin {
  /** null for a model that has not been trained yet. */
  readonly restored: Checkpoint | null;
  readonly allowMismatch: boolean;
}

/** Which options the data decide, because nobody gave them. */
export interface OpenOptions {
  readonly imageSize: boolean;
  readonly channels: boolean;
  readonly classes: boolean;
}

/** Both networks with their optimisers, and their data: each is loaded when it is first needed. */
export class Model {
  #options: ModelOptions;
  #source: ImageSource;
  #origin: Origin;
  #left: OpenOptions;
  #joining: Promise<Group | null> | null = null;
  #group: Group | null = null;
  /** CPU threads where nobody says how many; 0: as many as there may be. */
  #sharedThreads = 0;
  readonly #notices: string[] = [];
  #opened: Promise<Opened> | null = null;
  #native: NativeTrainer | null = null;
  /** null until the native trainer has the restored state, and with it the step. */
  #device: string | null = null;
  #loading: Promise<LoadedData> | null = null;
  #data: LoadedData | null = null;
  #disposed = false;
  readonly #evaluation = new ModelEvaluation();

  /**
   * @param given the options that somebody gave, `options` what they resolve to
   * @param company the processes that train together; null for this one alone
   */
  constructor(
    options: ModelOptions,
    source: ImageSource,
    private readonly given: GivenOptions,
    private readonly company: Company | null = null,
    origin: Origin = { restored: null, allowMismatch: false },
  ) {
    this.#options = options;
    this.#source = source;
    this.#origin = origin;
    this.#left = leftOpen(given);
  }

  /** The same before anything was loaded, to go on from what there is already. */
  goingOnFrom(origin: Origin): Model {
    return new Model(this.#options, this.#source, this.given, this.company, origin);
  }

  get options(): ModelOptions {
    return this.#options;
  }

  get source(): ImageSource {
    return this.#source;
  }

  /** Steps taken since the first. */
  get step(): number {
    return (this.#device === null ? this.#origin.restored?.step : this.#native?.step) ?? 0;
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

  /** The processes that it is trained with, which meet when it is first opened; null for this one alone. */
  get group(): Group | null {
    return this.#group;
  }

  /** How many processes train together. */
  get processes(): number {
    return this.company?.place.worldSize ?? 1;
  }

  /** What the next training is to tell of them; taken out when it does. */
  takeNotices(): string[] {
    return [...this.#notices.splice(0), ...(this.#data?.notices.splice(0) ?? [])];
  }

  /**
   * Meets the processes that it is trained with, unless they have met, and agrees with them on what is trained.
   * @param signal ends the waiting for them
   * @throws DcganError ERR_PARALLEL, ERR_OPTION, ERR_DISPOSED, those of opening; the signal's reason.
   */
  join(signal?: AbortSignal): Promise<Group | null> {
    this.checkAlive();
    this.#joining ??= this.#meet(signal);
    return this.#joining;
  }

  async #meet(signal: AbortSignal | undefined): Promise<Group | null> {
    if (!this.company) return null;
    const { place, limit } = this.company;
    const core = loadNative();
    const group = new Group(core, place);
    this.#group = group;
    const forgetSignal = signal ? onAbort(signal, () => group.leave()) : () => undefined;
    try {
      await group.meet(limit);
      const { restored } = this.#origin;
      const terms = { options: this.#options, left: this.#left, source: this.#source, restored };
      const agreed = await agree(group, core, this.given, terms);
      this.#options = agreed.options;
      this.#left = agreed.left;
      this.#source = agreed.source;
      this.#origin = { ...this.#origin, restored: agreed.restored };
      this.#sharedThreads = await sharedThreads(group, core.defaultThreads());
      const threads = agreed.options.threads || this.#sharedThreads;
      this.#notices.push(
        `${describePlace(place, group.machine)} It computes with ${threads} CPU thread${threads === 1 ? '' : 's'}.`,
        ...agreed.notices,
      );
      return group;
    } catch (error) {
      group.leave();
      signal?.throwIfAborted();
      throw error;
    } finally {
      forgetSignal();
    }
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
    const group = await this.join();
    const { conditional, classes, schedule, scheduleSteps } = this.#options;
    if (conditional && classes === 0) {
      const said =
        "Option 'classes' is missing: of how many classes the labels are. Give it, or begin with fit, on data with labels.";
      throw new DcganError('ERR_OPTION', said, { value: classes });
    }
    if (schedule === 'cosine' && scheduleSteps === null) {
      const said =
        "Option 'scheduleSteps' is missing: in how many steps schedule 'cosine' leads to the final values. Give it, or begin with fit, which takes its own.";
      throw new DcganError('ERR_OPTION', said, { value: scheduleSteps });
    }
    const core = loadNative();
    const threads = this.#options.threads || this.#sharedThreads;
    const trainer = nativeNow(() => new core.Trainer({ ...this.#options, threads }, group?.handle));
    this.#native = trainer;
    try {
      const device = await native(() => trainer.open());
      const { restored } = this.#origin;
      if (restored) {
        const state = withAverage(restored.state, this.#options.ema > 0);
        await native(() => trainer.setState(state, restored.step));
      }
      this.#device = device;
      return { core, trainer };
    } catch (error) {
      // Its thread would be left behind: the next call makes another.
      trainer.dispose();
      throw error;
    }
  }

  /**
   * Loads what it is trained on, unless that is there.
   * @param amount how long it is to be trained, which a schedule may follow from
   * @param onProgress is told how many of how many images are read
   * @throws DcganError ERR_DATA_…, ERR_LABELS, those of opening.
   */
  loadData(
    amount: Amount = {},
    onProgress: (done: number, of: number) => void = () => undefined,
  ): Promise<LoadedData> {
    this.#loading ??= this.#load(amount, onProgress).catch((error) => {
      this.#loading = null;
      throw error;
    });
    return this.#loading;
  }

  async #load(amount: Amount, onProgress: (done: number, of: number) => void): Promise<LoadedData> {
    const group = await this.join();
    // Once the networks are there, their sizes stand.
    const left = this.#opened === null ? this.#left : null;
    const model = { options: this.#options, left, step: this.step, onProgress, ...this.#origin };
    const load = () => loadTrainingData(this.source, model);
    const { summary, pixels, labels, epochs, options, notices } = await (group
      ? loadAlike(group, load)
      : load());
    const complete = withScheduleSteps(options, this.step + stepsOf(amount, epochs.stepsPerEpoch));
    this.#options = group ? withOwn(await group.broadcast(complete), complete) : complete;
    const { trainer } = await this.open();
    const { step, epoch } = epochs.origin;
    await native(() => trainer.setData(pixels, summary.count, step, epoch, labels));
    this.#data = { summary, epochs, notices: [...notices] };
    return this.#data;
  }

  /** Other learning rates from the next step on. @throws DcganError ERR_OPTION, those of opening. */
  async setLearningRate(rates: number | LearningRates): Promise<void> {
    const own = typeof rates === 'object' ? rates : { generator: null, discriminator: null };
    const options = resolveOptions({
      ...this.#options,
      ...(typeof rates !== 'object' && { learningRate: rates }),
      learningRateGenerator: own.generator,
      learningRateDiscriminator: own.discriminator,
    });
    await this.#useRates(options);
  }

  /** Takes other options, which differ from those in force in nothing but the learning rates. */
  async #useRates(options: ModelOptions): Promise<void> {
    const { trainer } = await this.open();
    const { learningRate, learningRateGenerator, learningRateDiscriminator } = options;
    await native(() =>
      trainer.setLearningRates(learningRate, learningRateGenerator, learningRateDiscriminator),
    );
    this.#options = options;
  }

  /**
   * Takes the tensors of a checkpoint of this model and goes on from its own step, so that other batches, noise and masks come,
   * with half the learning rates.
   * @returns the learning rate
   */
  async goBackTo({ state }: Checkpoint): Promise<number> {
    const { trainer } = await this.open();
    await native(() => trainer.setState(state, this.step));
    const half = (rate: number | null) => (rate === null ? null : rate / 2);
    const before = this.#options;
    const options = resolveOptions({
      ...before,
      learningRate: before.learningRate / 2,
      learningRateGenerator: half(before.learningRateGenerator),
      learningRateDiscriminator: half(before.learningRateDiscriminator),
    });
    await this.#useRates(options);
    return options.learningRateGenerator ?? options.learningRate;
  }

  /** Everything that decides how training goes on, copied. @throws DcganError ERR_DIVERGED, those of opening. */
  async checkpoint(): Promise<Checkpoint> {
    const { core, trainer } = await this.open();
    const options = this.#options;
    const { step, tensors: state } = await native(() => trainer.state());
    const { restored } = this.#origin;
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

  /** Judges what is drawn now, by `draw` where that is given. @throws DcganError ERR_FEATURES, ERR_DATA_…, those of opening; the signal's reason. */
  async evaluate(options: ResolvedEvaluateOptions, draw?: Draw): Promise<EvaluationReport> {
    const own = await this.#evaluated();
    return this.#evaluation.evaluate(draw ? { ...own, draw } : own, options);
  }

  /** Loads what that needs. */
  async prepareEvaluation(options: ResolvedEvaluateOptions): Promise<void> {
    await this.#evaluation.prepare(await this.#evaluated(), options);
  }

  async #evaluated(): Promise<EvaluatedModel> {
    const { trainer } = await this.open();
    const size = imageNumbers(this.#options);
    return {
      of: 'the model in training',
      step: this.step,
      options: this.#options,
      source: this.source,
      worker: trainer.worker(),
      draw: (latents) => trainer.generate([latents]),
      ...(this.#options.classes === 0 && {
        logits: (images) => native(() => trainer.discriminate(images, images.length / size, null)),
      }),
    };
  }

  /** Frees everything after the current step, and for good. */
  dispose(): void {
    this.#disposed = true;
    this.#evaluation.dispose();
    this.#native?.dispose();
    this.#group?.leave();
  }
}

/** Data that each process loads for itself. @throws DcganError ERR_PARALLEL where they are not the same. */
async function loadAlike(group: Group, load: () => Promise<TrainingData>): Promise<TrainingData> {
  let loaded: TrainingData | undefined;
  const all = await group.together(async () => {
    loaded = await load();
    return { name: loaded.summary.name, sha256: loaded.summary.sha256 };
  });
  const other = all.findIndex(({ sha256 }) => sha256 !== all[0]!.sha256);
  if (other < 0) return loaded!;
  const said = `Process ${other} has other images (${all[other]!.name}) than process 0 (${all[0]!.name}). Name the same data on every machine.`;
  throw new DcganError('ERR_PARALLEL', said, { value: all[other]!.name });
}

/** The options with the end of a schedule that was left to the first training. */
function withScheduleSteps(options: ModelOptions, last: number): ModelOptions {
  const isOpen = options.schedule === 'cosine' && options.scheduleSteps === null && Number.isFinite(last);
  return isOpen ? resolveOptions({ ...options, scheduleSteps: last }) : options;
}

/** Which of the options that data can decide were left to them. */
function leftOpen(options: Partial<ModelOptions>): OpenOptions {
  const isOpen = (name: keyof ModelOptions) => options[name] === undefined;
  return { imageSize: isOpen('imageSize'), channels: isOpen('channels'), classes: !options.classes };
}
