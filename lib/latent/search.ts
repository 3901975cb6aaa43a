import { DcganError, systemCode } from '../errors.js';
import { type Classifier, classifierOptions } from '../evaluation/classifier.js';
import { classifierFor } from '../evaluation/features.js';
import type { NativeLatentProblem, NativeLatentResult, NativeLatentSearch } from '../native/bindings.js';
import { native, nativeNow } from '../native/errors.js';
import { loadNative } from '../native/load.js';
import type { ModelOptions } from '../options.js';
import { foundBeside } from './beside.js';
import { encoderName, encoderOptions, readEncoder } from './encoder_file.js';
import { digestOf, type LatentModel } from './model.js';

/** How much of a search is done. */
export interface LatentProgress {
  readonly done: number;
  readonly of: number;
}

/** What may stop a search, and who is told how far it is. */
export interface SearchRun {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: LatentProgress) => void) | undefined;
}

/** Networks that take part beside the generator. */
export interface SearchHelpers {
  /** A classifier that `features train` made. Default: that of the package, for images as large as its digits. */
  readonly features?: string | undefined;
  /** An encoder that `encoder train` made; false: none. Default: that of the checkpoint, where there is one. */
  readonly encoder?: string | false | undefined;
}

/** What an encoder guesses of images: latents [n, latentSize] and, with classes, logits [n, classes]. */
export interface Guess {
  readonly latents: Float32Array;
  readonly logits: Float32Array;
}

/** Networks of a model in native code, which look for latents. */
export interface OpenSearch {
  readonly hasDiscriminator: boolean;
  /** λ of the classifier's features: as wanted, and without a classifier 0, which is told once. */
  likeness(wanted: number): number;
  /** @throws DcganError ERR_DIVERGED, ERR_OUT_OF_MEMORY, ERR_DISPOSED; the signal's reason. */
  find(problem: NativeLatentProblem, run: SearchRun): Promise<NativeLatentResult>;
  /** What the encoder guesses of images [n, S, S, C]; null without one. @throws DcganError ERR_DISPOSED. */
  guess(images: Float32Array, count: number): Promise<Guess | null>;
}

/** The searches of one model: networks are opened when the first needs them, and kept. */
export class LatentSearch {
  #open: { readonly by: SearchHelpers; readonly search: Promise<NativeOpenSearch> } | null = null;
  #disposed = false;

  /**
   * @param checkpoint where the model was loaded from
   * @param onNotice is told what does not take part, and why
   */
  constructor(
    private readonly model: () => LatentModel,
    private readonly checkpoint: string,
    private readonly onNotice: (message: string) => void,
  ) {}

  /**
   * @throws DcganError ERR_FEATURES, ERR_LATENTS for networks that cannot take part; ERR_ADDON_NOT_FOUND, ERR_LIBTORCH_… where native
   * code cannot be loaded; ERR_OUT_OF_MEMORY, ERR_DISPOSED.
   */
  async open({ features, encoder }: SearchHelpers): Promise<OpenSearch> {
    if (this.#disposed) {
      throw new DcganError('ERR_DISPOSED', 'This generator was disposed of; load another one.');
    }
    if (this.#open?.by.features !== features || this.#open?.by.encoder !== encoder) this.close();
    if (this.#open) return this.#open.search;
    const opening = this.#opened({ features, encoder });
    const open = { by: { features, encoder }, search: opening };
    this.#open = open;
    // What failed may be mended until the next time.
    opening.catch(() => {
      if (this.#open === open) this.#open = null;
    });
    return opening;
  }

  async #opened({ features, encoder }: SearchHelpers): Promise<NativeOpenSearch> {
    const model = this.model();
    const { options, worker } = model;
    const core = loadNative();
    const classifier = await someClassifier(features, options);
    const search = nativeNow(() => new core.LatentSearch(options, worker));
    try {
      const { device, threads } = options;
      const helper = classifier && {
        options: classifierOptions(classifier, { device, threads }),
        state: classifier.state,
      };
      await native(() => search.open(model.generator, model.discriminator, helper));
      const hasEncoder = await this.#openEncoder(search, model, encoder);
      const hasDiscriminator = model.discriminator !== null;
      const missing = classifier ? null : () => this.onNotice(withoutClassifier(options));
      return new NativeOpenSearch(search, hasDiscriminator, hasEncoder, missing);
    } catch (error) {
      search.dispose();
      throw error;
    }
  }

  /** @returns whether there is one */
  async #openEncoder(
    search: NativeLatentSearch,
    { options, generator }: LatentModel,
    named: string | false | undefined,
  ): Promise<boolean> {
    const path = named ?? (await foundBeside(this.checkpoint, encoderName));
    if (path === null || path === false) return false;
    const encoder = await readEncoder(path);
    if (encoder.generator !== digestOf(generator)) {
      const said = `${path} is the encoder of another generator. Train one of this: npx dcgan-native encoder train.`;
      if (named !== undefined) throw new DcganError('ERR_LATENTS', said, { value: path });
      this.onNotice(`${said} Until then searches begin without it.`);
      return false;
    }
    const { device, threads } = options;
    await native(() => search.openEncoder(encoderOptions(encoder, { device, threads }), encoder.state));
    return true;
  }

  /** Frees the networks; the next `open` looks anew which there are. */
  close(): void {
    this.#open?.search.then((search) => search.dispose()).catch(() => undefined);
    this.#open = null;
  }

  /** Frees the networks for good. */
  dispose(): void {
    this.#disposed = true;
    this.close();
  }
}

/** Null where none was named and the package has none for such images. @throws DcganError ERR_FEATURES. */
async function someClassifier(features: string | undefined, image: ModelOptions): Promise<Classifier | null> {
  try {
    return await classifierFor(features, image);
  } catch (error) {
    if (features !== undefined || systemCode(error) !== 'ERR_FEATURES') throw error;
    return null;
  }
}

const withoutClassifier = ({ imageSize, channels }: ModelOptions) =>
  `There is no classifier of ${imageSize}×${imageSize} images of ${channels} channels, so that only pixels are compared. Name one that npx dcgan-native features train made as features.`;

class NativeOpenSearch implements OpenSearch {
  #last: Promise<unknown> = Promise.resolve();
  #isTold = false;

  /** @param tellMissing says that there is no classifier; null where there is one */
  constructor(
    private readonly search: NativeLatentSearch,
    readonly hasDiscriminator: boolean,
    private readonly hasEncoder: boolean,
    private readonly tellMissing: (() => void) | null,
  ) {}

  likeness(wanted: number): number {
    if (this.tellMissing === null || wanted === 0) return wanted;
    if (!this.#isTold) this.tellMissing();
    this.#isTold = true;
    return 0;
  }

  /** One after the other: native code has one search at a time. */
  find(problem: NativeLatentProblem, run: SearchRun): Promise<NativeLatentResult> {
    const turn = this.#last.then(() => this.#find(problem, run));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #find(problem: NativeLatentProblem, { signal, onProgress }: SearchRun): Promise<NativeLatentResult> {
    signal?.throwIfAborted();
    await native(() => this.search.begin(problem));
    for (;;) {
      const progress = await native(() => this.search.advance());
      signal?.throwIfAborted();
      onProgress?.(progress);
      if (progress.done === progress.of) return native(() => this.search.result());
    }
  }

  async guess(images: Float32Array, count: number): Promise<Guess | null> {
    return this.hasEncoder ? native(() => this.search.encode(images, count)) : null;
  }

  dispose(): void {
    this.search.dispose();
  }
}
