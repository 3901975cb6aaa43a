import type { LoadedImages } from '../data/source.js';
import { DcganError } from '../errors.js';
import type { NativeEvaluator, NativeFigure } from '../native/bindings.js';
import { native } from '../native/errors.js';
import { scaled } from '../network/arrays.js';
import { imageNumbers } from '../network/layers.js';
import { type Described, type Describer, describeAll } from './features.js';
import { chosen, pixelsOf } from './pixels.js';
import { type EvaluationReport, type Figure, type FigureName, figureNames } from './report.js';

/** What is being done, and how much of it: `done` of `of`. */
export type EvaluationProgress = (phase: string, done: number, of: number) => void;

/** Images to be judged. */
export interface Judged {
  readonly of: string;
  readonly step: number | null;
  readonly count: number;
  /** Images [n, S, S, C] in [-1, 1] from number `first` on. */
  take(first: number, count: number): Promise<Float32Array>;
  /** How much the discriminator takes images for real, from −∞ to ∞, and from where on it does; where there is one. */
  readonly discriminator?: {
    readonly logits: (images: Float32Array) => Promise<Float32Array>;
    /** null where its logits have no zero: then the median of both parts. */
    readonly threshold: number | null;
  };
}

/** Real images, and what the figures of others are worth: what other real images have. */
export interface RealImages {
  readonly training: LoadedImages;
  /** null: of the training images themselves, those that are not in the reference. */
  readonly test: LoadedImages | null;
}

/** How one evaluation is done. */
export interface Judgement {
  readonly seed: number;
  /** Look for the nearest training images as well, which takes some seconds. */
  readonly nearest: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: EvaluationProgress;
}

/** Fewer say nothing. */
export const leastSamples = 100;
/** Images whose nearest ones are looked for, and whose logits are taken. */
const lookedAt = 2000;
/** Images whose pixels are compared with each other. */
const compared = 500;
/** Training images that are handed over at once. */
const handedOver = 10_000;

interface Comparison {
  readonly figures: Readonly<Record<string, NativeFigure>>;
  readonly histogram: Float32Array;
}

/** Judges images by real ones, whose descriptions and whose own figures it keeps for the next time. */
export class Evaluator {
  #floor: { readonly count: number; readonly real: number; readonly compared: Comparison } | null = null;

  constructor(
    private readonly evaluator: NativeEvaluator,
    private readonly describer: Describer,
    private readonly real: RealImages,
  ) {}

  /** @throws DcganError ERR_DATA_TOO_FEW, ERR_OPTION; the signal's reason. */
  async judge(judged: Judged, judgement: Judgement): Promise<EvaluationReport> {
    const began = performance.now();
    const { seed } = judgement;
    const { training, test } = this.real;
    if (judged.count < leastSamples) {
      const said = `${judged.count} images say nothing about a model. Evaluate at least ${leastSamples}.`;
      throw new DcganError('ERR_DATA_TOO_FEW', said, { value: judged.count });
    }
    const others = test ?? training;
    const numbers = numbersOf(training, test, judged.count);
    const floor = await this.#floorOf(numbers, judgement);
    const looked = Math.min(lookedAt, judged.count, numbers.heldOut.length);
    const { take, first } = keepingFirst(judged.take, looked, imageNumbers(training));
    const described = await this.#describe('drawing', judged.count, take, judgement);
    const comparison = await this.#compare('comparing', described, judged.count, judgement);
    const { classes, classNames, name, sha256, dims } = this.describer;
    const heldOut = numbers.heldOut.slice(0, looked);
    const pair = { drawn: first, real: scaled(await pixelsOf(others, heldOut)) };
    return {
      of: judged.of,
      step: judged.step,
      samples: judged.count,
      seed,
      features: { name, sha256, dims },
      reference: { name: training.name, sha256: training.sha256, count: numbers.reference.length },
      heldOut: { name: others.name, sha256: others.sha256, count: numbers.heldOut.length },
      figures: figuresOf(comparison, floor),
      variety: varietyOf(pair, imageNumbers(training)),
      histogram: classes > 0 ? [...comparison.histogram] : null,
      classNames: classNames ?? null,
      nearest: judgement.nearest ? await this.#nearest(pair, heldOut, judgement) : null,
      discriminator: await discriminated(pair, judged),
      seconds: (performance.now() - began) / 1000,
    };
  }

  /** Of other real images, as many; the reference is there from then on. */
  async #floorOf({ reference, heldOut }: Numbers, judgement: Judgement): Promise<Comparison> {
    const { training, test } = this.real;
    if (this.#floor?.count === heldOut.length && this.#floor.real === reference.length)
      return this.#floor.compared;
    const take = (images: LoadedImages, numbers: readonly number[]) => async (first: number, n: number) =>
      scaled(await pixelsOf(images, numbers.slice(first, first + n)));
    const of = reference.length;
    const real = await this.#describe('reading', of, take(training, reference), judgement);
    await native(() => this.evaluator.setReference(real.features, of, this.describer.dims));
    const other = take(test ?? training, heldOut);
    const described = await this.#describe('reading others', heldOut.length, other, judgement);
    const compared = await this.#compare('floor', described, heldOut.length, judgement);
    this.#floor = { count: heldOut.length, real: of, compared };
    return compared;
  }

  #describe(
    phase: string,
    count: number,
    take: Judged['take'],
    { signal, onProgress }: Judgement,
  ): Promise<Described> {
    return describeAll(this.describer, count, take, (done) => {
      signal?.throwIfAborted();
      onProgress?.(phase, done, count);
    });
  }

  async #compare(
    phase: string,
    { features, logits }: Described,
    count: number,
    { seed, signal, onProgress }: Judgement,
  ): Promise<Comparison> {
    const { dims, classes } = this.describer;
    await native(() => this.evaluator.compare(features, count, dims, logits, logits ? classes : 0, seed));
    for (;;) {
      const { done, of, figures, histogram } = await native(() => this.evaluator.advance());
      signal?.throwIfAborted();
      onProgress?.(phase, done, of);
      if (done === of) return { figures, histogram };
    }
  }

  /** Medians of the distances to the nearest training image. @param heldOut the numbers of the real images */
  async #nearest({ drawn, real }: Pair, heldOut: readonly number[], judgement: Judgement) {
    const { training, test } = this.real;
    // Held-out images of the training images themselves must not be found.
    const excluded = new Set(test ? [] : heldOut);
    const both = new Float32Array(2 * drawn.length);
    both.set(drawn);
    both.set(real, drawn.length);
    const n = heldOut.length;
    await native(() => this.evaluator.setNearest(both, 2 * n));
    for (let at = 0; at < training.count; at += handedOver) {
      const last = Math.min(training.count, at + handedOver);
      const numbers = Array.from({ length: last - at }, (_, i) => at + i).filter((i) => !excluded.has(i));
      const pixels = await pixelsOf(training, numbers);
      if (numbers.length > 0) await native(() => this.evaluator.lookAt(pixels));
      judgement.signal?.throwIfAborted();
      judgement.onProgress?.('nearest images', last, training.count);
    }
    const distances = await native(() => this.evaluator.nearest());
    const [samples, others] = [distances.slice(0, n), distances.slice(n)].map(median);
    return { samples: samples!, heldOut: others!, count: n };
  }
}

/** Some of the images that are judged, and as many held-out ones, in [-1, 1]. */
interface Pair {
  readonly drawn: Float32Array;
  readonly real: Float32Array;
}

/** The same images, of which the first ones are kept: some are looked at once more, and drawing takes its time. */
function keepingFirst(take: Judged['take'], count: number, size: number) {
  const first = new Float32Array(count * size);
  const keeping: Judged['take'] = async (at, n) => {
    const images = await take(at, n);
    const left = Math.max(0, count - at);
    first.set(images.subarray(0, left * size), Math.min(at, count) * size);
    return images;
  };
  return { take: keeping, first };
}

/** How much the drawn images vary, where 1 is how much real ones do. */
function varietyOf({ drawn, real }: Pair, size: number): number {
  const some = compared * size;
  return varianceOf(drawn.subarray(0, some), size) / varianceOf(real.subarray(0, some), size);
}

async function discriminated({ drawn, real }: Pair, { discriminator }: Judged) {
  if (!discriminator) return null;
  const ofReal = await discriminator.logits(real);
  const ofDrawn = await discriminator.logits(drawn);
  const threshold = discriminator.threshold ?? median(Float32Array.of(...ofReal, ...ofDrawn));
  const share = (logits: Float32Array, isRight: (logit: number) => boolean) =>
    logits.filter(isRight).length / logits.length;
  return {
    real: share(ofReal, (logit) => logit > threshold),
    drawn: share(ofDrawn, (logit) => logit < threshold),
  };
}

/** Which real images are looked at, by number. */
interface Numbers {
  readonly reference: readonly number[];
  readonly heldOut: readonly number[];
}

/**
 * As many training images as there are samples, and as many others, where there are so many: those of a test set, or training
 * images that are not in the reference.
 */
function numbersOf(training: LoadedImages, test: LoadedImages | null, samples: number): Numbers {
  if (test) {
    const [wanted, others] = [training, test].map(({ count }) => Math.min(samples, count));
    return { reference: chosen(training.count, wanted!), heldOut: chosen(test.count, others!) };
  }
  const wanted = Math.min(samples, Math.floor(training.count / 2));
  if (wanted < leastSamples) {
    const said = `${training.name} holds ${training.count} images, too few to compare others with. Name at least ${2 * leastSamples}.`;
    throw new DcganError('ERR_DATA_TOO_FEW', said, { value: training.count });
  }
  const both = chosen(training.count, 2 * wanted);
  return { reference: both.slice(0, wanted), heldOut: both.slice(wanted) };
}

function figuresOf(compared: Comparison, floor: Comparison): EvaluationReport['figures'] {
  const figure = (name: FigureName): [FigureName, Figure][] => {
    const own = compared.figures[name];
    return own ? [[name, { ...own, floor: floor.figures[name]!.value }]] : [];
  };
  return Object.fromEntries(figureNames.flatMap(figure)) as EvaluationReport['figures'];
}

/** The variance of each number among images of `size` numbers, summed. */
function varianceOf(images: Float32Array, size: number): number {
  const count = images.length / size;
  let variance = 0;
  for (let at = 0; at < size; at++) {
    let sum = 0;
    let squares = 0;
    for (let i = at; i < images.length; i += size) {
      sum += images[i]!;
      squares += images[i]! ** 2;
    }
    variance += squares / count - (sum / count) ** 2;
  }
  return variance;
}

function median(values: Float32Array): number {
  const sorted = values.slice().sort();
  const half = sorted.length / 2;
  return (sorted[Math.floor(half)]! + sorted[Math.ceil(half) - 1]!) / 2;
}
