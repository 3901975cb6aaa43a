import { join } from 'node:path';
import type { CheckpointInput } from '../checkpoint/checkpoint.js';
import { imageSource } from '../data/images.js';
import { savedSource } from '../data/saved_source.js';
import { DcganError } from '../errors.js';
import { type EvaluateOptions, resolveEvaluateOptions } from '../evaluation/evaluate.js';
import { ModelEvaluation } from '../evaluation/model_evaluation.js';
import type { EvaluationReport } from '../evaluation/report.js';
import type { TileOptions } from '../image/grid.js';
import { encodePicture } from '../image/picture.js';
import { exportOnnx } from '../interop/export.js';
import type { NativeCore, NativeGenerator, NativeLatents } from '../native/bindings.js';
import { native, nativeNow } from '../native/errors.js';
import { loadNative } from '../native/load.js';
import type { ImageBatch } from '../network/arrays.js';
import { drawingTensors } from '../network/tensors.js';
import { type ModelOptions, resolveOptions } from '../options.js';
import { type LoadedCheckpoint, skippedNotices } from '../run/checkpoints.js';
import { resolveCheckpoint } from '../run/run.js';
import { BatchedDraws } from './batched_draws.js';
import { type GenerateOptions, generate, latentsOf } from './draw.js';
import { PlainGenerator } from './plain_generator.js';

/** Where and how a loaded generator computes, and who is told of what it was loaded from. */
export interface GeneratorOptions
  extends Partial<Pick<ModelOptions, 'device' | 'threads' | 'tf32' | 'memoryFormat'>> {
  /**
   * Called with each thing that should be known: that a newer checkpoint is damaged, and an older one was
   * taken. Default: a warning of the process.
   */
  readonly onNotice?: (message: string) => void;
}

/** The generator of the package, of digits. */
export const digitsGenerator = join(__dirname, '..', '..', 'lib', 'generation', 'digits.safetensors');

/** What draws: native code, or JavaScript where there is no libtorch yet. */
type Drawer = Pick<NativeGenerator, 'generate'> & Partial<Pick<NativeGenerator, 'worker' | 'dispose'>>;

/** What a picture is drawn from, and how its images are laid out. */
export interface PictureOptions extends GenerateOptions, TileOptions {}

/**
 * Draws images from a checkpoint, without a trainer: no discriminator, no optimiser, no data. Made to be
 * shared: calls may come at any time and many at once, one set of weights serves them all, and those that
 * wait are drawn together.
 * @example
 * const generator = await Generator.load('runs/first');
 * const pictures = await Promise.all([1, 2, 3].map((seed) => generator.png(16, { seed })));
 * generator.dispose();
 */
export class Generator {
  readonly #draws: BatchedDraws;
  readonly #generator: Drawer;
  readonly #loaded: LoadedCheckpoint;
  readonly #evaluation = new ModelEvaluation();

  private constructor(
    /** The options of the model that was trained. */
    readonly options: ModelOptions,
    /** `cpu` or `cuda:N`. */
    readonly device: string,
    generator: Drawer,
    loaded: LoadedCheckpoint,
  ) {
    this.#generator = generator;
    this.#loaded = loaded;
    const draw = (latents: readonly NativeLatents[]) => generator.generate(latents);
    this.#draws = new BatchedDraws(draw, () => generator.dispose?.());
  }

  /**
   * Loads the generator that is in the package: it draws digits at once, without a training, and in JavaScript where there is
   * no libtorch yet.
   * @throws DcganError ERR_OPTION, ERR_DEVICE, ERR_OUT_OF_MEMORY.
   * @example
   * const generator = await Generator.load();
   * const picture = await generator.png(64, { seed: 7 });
   */
  static load(): Promise<Generator>;
  /**
   * Loads the generator of a checkpoint file, of its bytes or a stream of them, of a run directory's latest checkpoint, or of a
   * checkpoint that was read.
   * @param options where and how to compute here, rather than where it was trained
   * @throws DcganError ERR_CHECKPOINT_…, ERR_OPTION, ERR_ADDON_NOT_FOUND, ERR_LIBTORCH_…, ERR_DEVICE,
   * ERR_OUT_OF_MEMORY.
   * @example
   * const generator = await Generator.load('a.safetensors', { device: 'cpu', threads: 2 });
   */
  static load(checkpoint: CheckpointInput | LoadedCheckpoint, options?: GeneratorOptions): Promise<Generator>;
  static async load(
    given?: CheckpointInput | LoadedCheckpoint,
    options: GeneratorOptions = {},
  ): Promise<Generator> {
    const checkpoint = given ?? digitsGenerator;
    const { onNotice = warn, ...here } = options;
    const read = await resolveCheckpoint(checkpoint);
    const { path, checkpoint: loaded, skipped } = read;
    for (const notice of skippedNotices(path, skipped)) onNotice(notice);
    const resolved = resolveOptions({ ...loaded.options, device: 'auto', threads: 0, ...here });
    const core = coreFor(path);
    if (core === null) {
      return new Generator(resolved, 'cpu', new PlainGenerator(resolved, drawingTensors(loaded.state)), read);
    }
    const generator = nativeNow(() => new core.Generator(resolved));
    try {
      const device = await native(() => generator.open(drawingTensors(loaded.state)));
      return new Generator(resolved, device, generator, read);
    } catch (error) {
      generator.dispose();
      throw error;
    }
  }

  /**
   * Draws `count` images [count, imageSize, imageSize, channels] in [-1, 1].
   * @throws DcganError ERR_OPTION, ERR_SHAPE, ERR_VALUE, ERR_LABELS, ERR_DIVERGED when what is drawn is not finite,
   * ERR_OUT_OF_MEMORY, ERR_DISPOSED.
   * @example
   * const { data } = await generator.generate(64, { seed: 7 });
   */
  async generate(count: number, options: GenerateOptions = {}): Promise<ImageBatch> {
    const latents = latentsOf(count, options, this.options);
    return generate(latents, this.options, (each) => this.#draws.draw(each));
  }

  /**
   * Draws `count` images into one picture: a PNG with the images in a grid.
   * @throws DcganError those of `generate`, ERR_DISPOSED among them; ERR_SETUP when the encoder cannot be loaded.
   * @example
   * const picture = await generator.png(64, { seed: 1, columns: 8, scale: 2 });
   */
  async png(count: number, { columns, gap, scale, ...options }: PictureOptions = {}): Promise<Buffer> {
    const images = await this.generate(count, options);
    return encodePicture(images, { columns, gap, scale });
  }

  /**
   * Tells how good the images are, how diverse, and whether they repeat those it was trained on: FID and the other figures of
   * docs/evaluation.md, beside what real images have.
   * @throws DcganError ERR_OPTION, ERR_FEATURES, ERR_DATA_…, ERR_DIVERGED, ERR_OUT_OF_MEMORY, ERR_DISPOSED; the signal's reason.
   * @example
   * const { figures } = await generator.evaluate({ samples: 10_000 });
   * console.log(figures.fid.value, figures.fid.floor);
   */
  async evaluate(options: EvaluateOptions = {}): Promise<EvaluationReport> {
    const resolved = resolveEvaluateOptions(options);
    const { path, checkpoint } = this.#loaded;
    const model = {
      of: path,
      step: checkpoint.step,
      options: this.options,
      source: imageSource(savedSource(checkpoint.source) ?? checkpoint.data?.name),
      worker: this.#generator.worker?.(),
      draw: (latents: NativeLatents) => this.#generator.generate([latents]),
    };
    return this.#evaluation.evaluate(model, resolved);
  }

  /**
   * Writes the generator as an ONNX file, in a directory that is made when it is not there.
   * @throws DcganError ERR_OUTPUT.
   * @example
   * await generator.exportOnnx('generator.onnx');
   */
  async exportOnnx(file: string): Promise<void> {
    await exportOnnx('generator', file, this.#loaded.checkpoint);
  }

  /**
   * Frees the weights, once what was asked for before is drawn. Later calls reject with ERR_DISPOSED.
   * @example
   * generator.dispose();
   */
  dispose(): void {
    this.#evaluation.dispose();
    this.#draws.close();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Native code; null for the package's own generator where it cannot be loaded for want of a libtorch. */
function coreFor(path: string): NativeCore | null {
  try {
    return loadNative();
  } catch (error) {
    const isMissing = error instanceof DcganError && error.code === 'ERR_LIBTORCH_NOT_FOUND';
    if (path === digitsGenerator && isMissing) return null;
    throw error;
  }
}

function warn(message: string): void {
  process.emitWarning(message, 'DcganWarning');
}
