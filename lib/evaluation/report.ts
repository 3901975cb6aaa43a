import type { FeaturesName } from './features.js';

/** Figures of a comparison; `native/core/evaluation/comparison.h` says what each is. */
const comparisonNames = ['fid', 'fidInfinity', 'kid', 'precision', 'recall', 'density', 'coverage'] as const;
/** Those that follow from the classes that images are taken for. */
const classNames = ['score', 'entropy', 'confidence'] as const;

export const figureNames = [...comparisonNames, ...classNames] as const;

export type FigureName = (typeof figureNames)[number];

/** A figure, its standard error, and its floor: what real images have that are as many. */
export interface Figure {
  readonly value: number;
  /** NaN where there are too few images to tell. */
  readonly error: number;
  readonly floor: number;
}

/** The figures of an evaluation: `score`, `entropy` and `confidence` only where the features tell classes. */
export type Figures = Readonly<
  Record<(typeof comparisonNames)[number], Figure> & Partial<Record<(typeof classNames)[number], Figure>>
>;

/** How good images are: what `evaluate` gives. */
export interface EvaluationReport {
  /** What was evaluated. */
  readonly of: string;
  /** Of the model that drew them; null for images of other origin. */
  readonly step: number | null;
  /** How many of them. */
  readonly samples: number;
  /** The seed that decided which were drawn, and what was resampled. */
  readonly seed: number;
  readonly features: FeaturesName;
  /** The real images that they are compared with, and those that the floor is of. */
  readonly reference: { readonly name: string; readonly sha256: string; readonly count: number };
  readonly heldOut: { readonly name: string; readonly sha256: string; readonly count: number };
  readonly figures: Figures;
  /** How much images differ from each other, by pixel, where 1 is how much held-out images do. */
  readonly variety: number;
  /** How many images are taken for each class, where the features tell classes. */
  readonly histogram: readonly number[] | null;
  readonly classNames: readonly string[] | null;
  /**
   * Whether training images are repeated: the median distance from an image to the nearest training image, pixels from 0 to 1,
   * and the same of held-out images. null where it was not asked for.
   */
  readonly nearest: { readonly samples: number; readonly heldOut: number; readonly count: number } | null;
  /** Shares of held-out and of drawn images that the discriminator tells for what they are; null where there is none. */
  readonly discriminator: { readonly real: number; readonly drawn: number } | null;
  readonly seconds: number;
}
