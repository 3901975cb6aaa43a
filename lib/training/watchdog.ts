import type { ModelOptions } from '../options.js';
import type { EvaluationEvent, StepEvent } from './events.js';

/** What can be wrong with a training. */
export type AlarmKind = 'not-finite' | 'discriminator-wins' | 'collapse' | 'no-progress';

/** Something that was seen, and what to try. */
export interface Alarm {
  readonly kind: AlarmKind;
  readonly seen: string;
  readonly advice: string;
}

/** Its loss near 0: it tells all images apart, and nothing is left for the generator to learn from. */
const winning = 0.01;
/** Consecutive steps of that before it is told. */
const winningSteps = 100;
/** Of the variety of real images: samples below it are alike, unless they are of a model that has hardly begun. */
const leastVariety = 0.01;
/** Images after which a model has begun. */
const begun = 15_000;
/** Of the entropy of the real images' classes, once there was more: below it few classes are drawn any more. */
const leastEntropy = 0.5;
/** Of the best recall so far, once that was worth something: below it most of what was learned is lost. */
const leastRecall = 0.1;
const worthLosing = 0.05;
/** Of the best FID so far. */
const mostFid = 4;
/** Evaluations without a better FID, by so much, before it is told. */
const patience = 10;
const better = 0.99;

/** Objectives of which a loss of the discriminator near 0 means that it has won. */
const bounded: ReadonlySet<ModelOptions['objective']> = new Set(['bce', 'hinge', 'lsgan', 'relativistic']);

const slower = 'a smaller learningRateDiscriminator, r1 and r2 above 0, or discriminatorSteps 1';

/**
 * Watches a training by what it reports, and by nothing else, so that one that is resumed sees what was seen before. Each
 * thing is told when it begins.
 */
export class Watchdog {
  #wonSteps = 0;
  #best: EvaluationEvent | null = null;
  #variety = 0;
  #recall = 0;
  #entropy = 0;
  #waited = 0;
  #hasCollapsed = false;

  constructor(private readonly model: Pick<ModelOptions, 'objective' | 'batchSize'>) {}

  /** The evaluation of the lowest FID so far; null before the first. */
  get best(): EvaluationEvent | null {
    return this.#best;
  }

  /** Losses over some steps. */
  sees({ discriminatorLoss, steps }: Pick<StepEvent, 'discriminatorLoss' | 'steps'>): Alarm | null {
    if (!bounded.has(this.model.objective)) return null;
    const before = this.#wonSteps;
    this.#wonSteps = Math.abs(discriminatorLoss) < winning ? before + steps : 0;
    if (before >= winningSteps || this.#wonSteps < winningSteps) return null;
    return {
      kind: 'discriminator-wins',
      seen: `the discriminator's loss is ${discriminatorLoss.toPrecision(2)}: it tells all images apart, and the generator learns nothing any more`,
      advice: slower,
    };
  }

  /** An evaluation. */
  judges(evaluation: EvaluationEvent): Alarm | null {
    const collapse = this.#collapse(evaluation);
    const best = this.#best?.figures.fid.value ?? Number.POSITIVE_INFINITY;
    const fid = evaluation.figures.fid.value;
    this.#waited = fid < better * best ? 0 : this.#waited + 1;
    if (fid < best && collapse === null) this.#best = evaluation;
    this.#variety = Math.max(this.#variety, evaluation.variety);
    this.#recall = Math.max(this.#recall, evaluation.figures.recall.value);
    this.#entropy = Math.max(this.#entropy, evaluation.figures.entropy?.value ?? 0);
    const begins = collapse !== null && !this.#hasCollapsed;
    this.#hasCollapsed = collapse !== null;
    if (begins) {
      const advice = 'a smaller learningRate, r1 and r2 above 0, or discriminatorSteps 1';
      return { kind: 'collapse', seen: collapse, advice };
    }
    if (collapse !== null || this.#waited !== patience) return null;
    return {
      kind: 'no-progress',
      seen: `FID has not become better in ${patience} evaluations (the best was ${best.toPrecision(3)} at step ${this.#best?.step})`,
      advice: 'a schedule to a smaller learning rate, an ema, or an end',
    };
  }

  /** The model has gone back to the best: what was lost is not to be told again. */
  goesBack(): void {
    this.#wonSteps = 0;
    this.#waited = 0;
    this.#hasCollapsed = false;
  }

  /** Why a model has collapsed; null where it has not. */
  #collapse({ figures, variety, step }: EvaluationEvent): string | null {
    const { fid, recall, entropy } = figures;
    const hasBegun = this.#variety >= leastVariety || step * this.model.batchSize >= begun;
    if (variety < leastVariety && hasBegun) {
      return `the images are alike: they vary by ${percent(variety)} of what real ones do`;
    }
    const enough = leastEntropy * (entropy?.floor ?? 0);
    if (entropy && entropy.value < enough && this.#entropy > enough) {
      return `few classes are drawn any more: their entropy is ${entropy.value.toFixed(2)}, and that of real images ${entropy.floor.toFixed(2)}`;
    }
    if (this.#recall > worthLosing && recall.value < leastRecall * this.#recall) {
      return `diversity is lost: recall is ${recall.value.toPrecision(2)}, after ${this.#recall.toPrecision(2)}`;
    }
    const best = this.#best?.figures.fid.value;
    if (best !== undefined && fid.value > mostFid * best) {
      return `the images have become bad: FID is ${fid.value.toPrecision(3)}, after ${best.toPrecision(3)}`;
    }
    return null;
  }
}

const percent = (share: number) => `${(100 * share).toPrecision(2)} %`;
