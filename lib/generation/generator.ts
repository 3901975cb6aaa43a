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
import { type Directions, type DirectionsOptions, findDirections } from '../latent/directions.js';
import { type EditOptions, edit } from '../latent/edit.js';
import { type EncoderTrainingOptions, trainEncoder } from '../latent/encoder.js';
import { writeEncoder } from '../latent/encoder_file.js';
import { type Inpainting, type InpaintOptions, inpaint } from '../latent/inpaint.js';
import { type InterpolateOptions, interpolate } from '../latent/interpolation.js';
import { digestOf, type LatentModel } from '../latent/model.js';
import { type Projection, type ProjectOptions, project } from '../latent/project.js';
import { denoise, type Restoration, type RestoreOptions, upscale } from '../latent/restore.js';
import { LatentSearch } from '../latent/search.js';
import { type WalkOptions, walk } from '../latent/walk.js';
import type { NativeCore, NativeGenerator, NativeLatents } from '../native/bindings.js';
import { native, nativeNow } from '../native/errors.js';
import { loadNative } from '../native/load.js';
import type { ImageBatch, ImageInput } from '../network/arrays.js';
import { discriminatorTensors, drawingTensors } from '../network/tensors.js';
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
  readonly #searches: LatentSearch;

  private constructor(
    /** The options of the model that was trained. */
    readonly options: ModelOptions,
    /** `cpu` or `cuda:N`. */
    readonly device: string,
    generator: Drawer,
    loaded: LoadedCheckpoint,
    onNotice: (message: string) => void,
  ) {
    this.#generator = generator;
    this.#loaded = loaded;
    this.#searches = new LatentSearch(() => this.#model(), loaded.path, onNotice);
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
      const plain = new PlainGenerator(resolved, drawingTensors(loaded.state));
      return new Generator(resolved, 'cpu', plain, read, onNotice);
    }
    const generator = nativeNow(() => new core.Generator(resolved));
    try {
      const device = await native(() => generator.open(drawingTensors(loaded.state)));
      return new Generator(resolved, device, generator, read, onNotice);
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
   * Finds the latent vectors whose images come closest to pictures, [n, imageSize, imageSize, channels]. Not in JavaScript alone:
   * libtorch is needed, for the gradient.
   * @throws DcganError ERR_OPTION, ERR_SHAPE, ERR_VALUE, ERR_LABELS, ERR_FEATURES, ERR_LATENTS for an encoder that cannot be used,
   * ERR_LIBTORCH_…, ERR_DIVERGED, ERR_OUT_OF_MEMORY, ERR_DISPOSED; the signal's reason.
   * @example
   * const { data } = await generator.generate(4, { seed: 7 });
   * const { latents, errors } = await generator.project(data, { seed: 1 });
   * const again = await generator.generate(4, { noise: latents });
   */
  async project(pictures: ImageInput, options: ProjectOptions = {}): Promise<Projection> {
    return project(this.#searches, this.#model(), pictures, options);
  }

  /**
   * Draws what is missing in pictures, [n, imageSize, imageSize, channels]: what is known of them stays as it is.
   * @param mask 1 where a pixel is missing, else 0: [imageSize, imageSize] for all pictures, or [n, imageSize, imageSize]
   * @throws DcganError ERR_MASK for another length, other numbers, nothing missing or everything; those of `project`, ERR_DISPOSED among
   * them; the signal's reason.
   * @example
   * const { data } = await generator.generate(1, { seed: 7 });
   * const upperHalf = new Uint8Array(28 * 28).fill(1, 0, 14 * 28);
   * const { images } = await generator.inpaint(data, upperHalf, { seed: 1, answers: 4 });
   */
  async inpaint(pictures: ImageInput, mask: Uint8Array, options: InpaintOptions = {}): Promise<Inpainting> {
    return inpaint(this.#searches, this.options, pictures, mask, options);
  }

  /**
   * Finds images without the noise that pictures have, [n, imageSize, imageSize, channels].
   * @throws DcganError those of `project`, ERR_DISPOSED among them; the signal's reason.
   * @example
   * const noisy = Float32Array.from({ length: 28 * 28 }, () => 2 * Math.random() - 1);
   * const { images } = await generator.denoise(noisy, { seed: 1 });
   */
  async denoise(pictures: ImageInput, options: RestoreOptions = {}): Promise<Restoration> {
    return denoise(this.#searches, this.options, pictures, options);
  }

  /**
   * Finds images that pictures are the means of, [n, imageSize / factor, imageSize / factor, channels].
   * @param factor how many rows, and columns, of an image have become one of a picture
   * @throws DcganError ERR_OPTION for a factor that does not divide the size, those of `project`, ERR_DISPOSED among them; the signal's
   * reason.
   * @example
   * const small = new Uint8Array(14 * 14);
   * const { images } = await generator.upscale(small, 2, { seed: 1 });
   */
  async upscale(pictures: ImageInput, factor: number, options: RestoreOptions = {}): Promise<Restoration> {
    return upscale(this.#searches, this.options, pictures, factor, options);
  }

  /**
   * Trains a network that guesses latent vectors of images, on what the generator draws, and writes it to a file: `project` and the
   * others begin with what it guesses. They find it by themselves as `encoder.safetensors` in the run, or beside the checkpoint.
   * @throws DcganError ERR_OPTION, ERR_OUTPUT, ERR_LIBTORCH_…, ERR_DIVERGED, ERR_OUT_OF_MEMORY, ERR_DISPOSED; the signal's reason.
   * @example
   * await generator.trainEncoder('encoder.safetensors', { seconds: 120 });
   * const found = await generator.project(new Uint8Array(28 * 28), { encoder: 'encoder.safetensors' });
   */
  async trainEncoder(file: string, options: EncoderTrainingOptions = {}): Promise<void> {
    await writeEncoder(file, await trainEncoder(this.#model(), options));
    // It may be the one that is looked for.
    this.#searches.close();
  }

  /**
   * Draws what is on the way through two or more latent vectors: frames [1, imageSize, imageSize, channels], a few of them ahead, for as
   * long as they are taken.
   * @throws DcganError ERR_OPTION, ERR_SHAPE, ERR_VALUE, ERR_LABELS at once; while frames are taken ERR_DIVERGED, ERR_OUT_OF_MEMORY,
   * ERR_DISPOSED, the signal's reason.
   * @example
   * for await (const { data } of generator.interpolate({ seeds: [1, 2, 3], frames: 90, closed: true })) {
   *   console.log(data.length);
   * }
   */
  interpolate(options: InterpolateOptions): AsyncIterable<ImageBatch> {
    return interpolate(this.#model(), options);
  }

  /**
   * Draws smooth loops through latent space: frames [columns · rows, imageSize, imageSize, channels], a few of them ahead, of which the
   * one after the last is the first.
   * @throws DcganError those of `interpolate`, ERR_OPTION among them.
   * @example
   * const { writeFile } = await import('node:fs/promises');
   * const frames = generator.walk({ seed: 7, grid: [4, 3], frames: 240 });
   * await writeFile('walk.webp', await filmImages(frames, { count: 240, columns: 4 }));
   */
  walk(options: WalkOptions = {}): AsyncIterable<ImageBatch> {
    return walk(this.#model(), options);
  }

  /**
   * Draws images of edited latent vectors: a frame [n, imageSize, imageSize, channels] for each strength.
   * @throws DcganError those of `interpolate`, ERR_OPTION among them.
   * @example
   * const { directions } = await readDirections('runs/0001/directions.safetensors');
   * for await (const { data } of generator.edit({ seeds: [1, 2], direction: directions[0]!, strengths: [-3, 0, 3] })) {
   *   console.log(data.length);
   * }
   */
  edit(options: EditOptions): AsyncIterable<ImageBatch> {
    return edit(this.#model(), options);
  }

  /**
   * Finds directions of latent space that change images in one respect, and tells how far, and how often the class stays. Not in
   * JavaScript alone: libtorch is needed.
   * @throws DcganError ERR_OPTION, ERR_FEATURES, ERR_LIBTORCH_…, ERR_DIVERGED, ERR_OUT_OF_MEMORY, ERR_DISPOSED; the signal's reason.
   * @example
   * const found = await generator.directions({ measures: ['slant', 'thickness'] });
   * await writeDirections('directions.safetensors', found);
   */
  async directions(options: DirectionsOptions = {}): Promise<Directions> {
    return findDirections(this.#model(), options);
  }

  /** Tells generators apart, in hexadecimal: files of latent vectors and of directions name it. */
  get digest(): string {
    return digestOf(drawingTensors(this.#loaded.checkpoint.state));
  }

  /** The model as the tools of `lib/latent` take it. */
  #model(): LatentModel {
    const { state } = this.#loaded.checkpoint;
    return {
      options: this.options,
      generator: drawingTensors(state),
      discriminator: discriminatorTensors(state),
      worker: this.#generator.worker?.(),
      draw: (latents) => native(() => this.#draws.draw(latents)),
    };
  }

  /**
   * Frees the weights, once what was asked for before is drawn. Later calls reject with ERR_DISPOSED.
   * @example
   * generator.dispose();
   */
  dispose(): void {
    this.#evaluation.dispose();
    this.#searches.dispose();
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
