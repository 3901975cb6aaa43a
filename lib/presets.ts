import { DcganError } from './errors.js';
import type { ModelOptions } from './options.js';

/** A named set of options, and how long they are meant for. */
export interface Preset {
  /** What it is for, in a line. */
  readonly says: string;
  readonly model: Partial<ModelOptions>;
  /** Epochs of MNIST. */
  readonly epochs: number;
}

/** What both ways to good digits have in common; `npm run search` found it, and docs/search.md says how. */
const relativistic = {
  batchSize: 64,
  objective: 'relativistic',
  r1: 0.2,
  r2: 0.2,
  beta1: 0,
  beta2: 0.99,
  dropout: 0,
  schedule: 'cosine',
  // Only by how much they shrink counts where both networks have rates of their own.
  learningRate: 1e-3,
  finalLearningRate: 1e-5,
} as const satisfies Partial<ModelOptions>;

/** Sets of options by name. Options that are given beside one win over it. */
export const presets = {
  article: { says: "the article's recipe, exactly", model: {}, epochs: 100 },
  fast: {
    says: 'good digits within two minutes on two cores',
    model: {
      ...relativistic,
      features: 32,
      learningRateGenerator: 4e-3,
      learningRateDiscriminator: 2e-3,
      ema: 20_000,
    },
    epochs: 8,
  },
  best: {
    says: 'the best digits within half an hour on two cores',
    model: {
      ...relativistic,
      learningRateGenerator: 3e-3,
      learningRateDiscriminator: 1.5e-3,
      ema: 100_000,
    },
    epochs: 42,
  },
} as const satisfies Readonly<Record<string, Preset>>;

export type PresetName = keyof typeof presets;

/**
 * Options with those of a preset where they leave something open. A `learningRate` replaces both rates of a preset.
 * @throws DcganError ERR_OPTION for an unknown name.
 */
export function withPreset(
  name: PresetName | undefined,
  given: Partial<ModelOptions>,
): Partial<ModelOptions> {
  if (name === undefined) return given;
  if (!Object.hasOwn(presets, name)) {
    const said = `Option 'preset' is wrong: must be one of ${Object.keys(presets).join(', ')}, not ${JSON.stringify(name)}.`;
    throw new DcganError('ERR_OPTION', said, { value: name });
  }
  const named = Object.entries(given).filter(([, value]) => value !== undefined);
  const { learningRateGenerator, learningRateDiscriminator, ...others }: Partial<ModelOptions> =
    presets[name].model;
  const rates = given.learningRate === undefined ? { learningRateGenerator, learningRateDiscriminator } : {};
  return { ...others, ...rates, ...Object.fromEntries(named) };
}
