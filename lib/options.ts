import * as v from 'valibot';
import { DcganError } from './errors.js';

const positive = v.pipe(v.number(), v.finite('must be finite'), v.gtValue(0));
const whole = v.integer<number, (issue: v.IntegerIssue<number>) => string>(
  (issue) => `must be a whole number, not ${issue.received}`,
);
/** A whole number between two others, both allowed. */
export const count = (least: number, most: number) =>
  v.pipe(v.number(), whole, v.minValue(least), v.maxValue(most));
/** Above it Adam's rate, with its correction of a young first moment, might be no number of float32. */
const learningRate = v.pipe(positive, v.maxValue(1e6));
/** As float32 it is above zero and finite, so Adam always divides by a number. */
const epsilon = v.pipe(v.number(), v.minValue(1e-30), v.maxValue(1e30));
const unit = v.pipe(v.number(), v.minValue(0), v.ltValue(1));

/** What stops something long; of another realm as good as of this one. */
export const abortSignal = v.custom<AbortSignal>(
  (signal) => typeof (signal as AbortSignal)?.addEventListener === 'function',
  'must be an AbortSignal',
);

/** Every size of images that there are networks for: b · 2ᵏ rows, b from 4 to 8 and k at least 2. */
export const imageSizes: readonly number[] = [
  ...new Set([2, 3, 4, 5].flatMap((k) => [4, 5, 6, 7, 8].map((b) => b * 2 ** k))),
];

/** Whether there are networks for images of so many rows. */
export const isImageSize = (size: number): boolean => imageSizes.includes(size);

/** Of an image. */
export const mostChannels = 16;

/** More are no labels, but numbers of something. */
export const mostClasses = 4096;

/** Devices: `auto` takes the first CUDA device when there is one, else the CPU. */
const device = v.pipe(
  v.string(),
  v.regex(/^(auto|cpu|cuda|cuda:\d{1,3})$/, "must be 'auto', 'cpu', 'cuda' or 'cuda:N'"),
);

/** γ, λ and half-lives: anything that cannot make numbers of float32 overflow by itself. */
const strength = v.pipe(v.number(), v.minValue(0), v.maxValue(1e9));
const imageSize = v.pipe(
  count(1, 65536),
  v.check(isImageSize, () => `must be one of ${imageSizes.join(', ')}`),
);
const features = v.pipe(
  count(16, 1024),
  v.check((value) => value % 16 === 0, 'must be a multiple of 16'),
);
const changes = ['translate', 'cutout', 'colour'] as const;
const optional = <S extends v.GenericSchema>(schema: S) => v.optional(v.nullable(schema), null);

const entries = {
  batchSize: v.optional(count(1, 65536), 128),
  latentSize: v.optional(count(1, 4096), 100),
  imageSize: v.optional(imageSize, 28),
  channels: v.optional(count(1, mostChannels), 1),
  features: v.optional(features, 64),
  conditional: v.optional(v.boolean(), false),
  classes: v.optional(count(0, mostClasses), 0),
  objective: v.optional(v.picklist(['bce', 'hinge', 'lsgan', 'wasserstein', 'relativistic']), 'bce'),
  labelSmoothing: v.optional(unit, 0),
  r1: v.optional(strength, 0),
  r2: v.optional(strength, 0),
  gradientPenalty: v.optional(strength, 0),
  spectralNorm: v.optional(v.boolean(), false),
  discriminatorSteps: v.optional(count(1, 1000), 1),
  syncBatchNorm: v.optional(v.boolean(), true),
  gradientPrecision: v.optional(v.picklist(['float32', 'bfloat16']), 'float32'),
  learningRate: v.optional(learningRate, 1e-4),
  learningRateGenerator: optional(learningRate),
  learningRateDiscriminator: optional(learningRate),
  schedule: v.optional(v.picklist(['constant', 'cosine']), 'constant'),
  scheduleSteps: optional(count(1, 2 ** 40)),
  finalLearningRate: optional(learningRate),
  finalBeta2: optional(unit),
  finalR1: optional(strength),
  finalR2: optional(strength),
  augment: v.optional(v.array(v.picklist(changes)), () => []),
  ema: v.optional(strength, 0),
  beta1: v.optional(unit, 0.9),
  beta2: v.optional(unit, 0.999),
  epsilon: v.optional(epsilon, 1e-7),
  dropout: v.optional(unit, 0.3),
  seed: v.optional(count(0, Number.MAX_SAFE_INTEGER)),
  device: v.optional(device, 'auto'),
  precision: v.optional(v.picklist(['float32', 'bfloat16']), 'float32'),
  threads: v.optional(count(0, 1024), 0),
  tf32: v.optional(v.boolean(), false),
  memoryFormat: v.optional(v.picklist(['channels-last', 'contiguous']), 'channels-last'),
};

const schema = v.strictObject(entries);

/** Everything that decides what a model is and how it is trained, with its defaults filled in. */
export interface ModelOptions {
  /** Images in a batch; of several processes that train together, those of all. Default 128. */
  readonly batchSize: number;
  /** Length of the latent vector z. Default 100. */
  readonly latentSize: number;
  /** Rows of an image, and columns: b · 2ᵏ with b from 4 to 8. Default: that of the data, 28 without them. */
  readonly imageSize: number;
  /** 1 for grey pictures, 3 for coloured ones, up to 16 for other data. Default: those of the data, 1 without them. */
  readonly channels: number;
  /** Channels of the largest maps but the image, which the smaller ones double: a multiple of 16. Default 64. */
  readonly features: number;
  /** Train on the labels of the data, too: images of a wanted class can be drawn. Default false. */
  readonly conditional: boolean;
  /** How many classes the labels are of, where `conditional`. Default: those of the data. */
  readonly classes: number;
  /** What the networks are trained for; docs/architecture.md has the formulas. Default `bce`. */
  readonly objective: 'bce' | 'hinge' | 'lsgan' | 'wasserstein' | 'relativistic';
  /** By how much the target of a real image is below 1, of `bce`, in [0, 1). Default 0. */
  readonly labelSmoothing: number;
  /** γ of γ/2 · mean ‖∂D/∂x‖² at the real images. Default 0: no such penalty. */
  readonly r1: number;
  /** The same at the drawn images. Default 0. */
  readonly r2: number;
  /** λ of λ · mean (‖∂D/∂x‖ − 1)² between real and drawn images. Default 0. */
  readonly gradientPenalty: number;
  /** Divide the discriminator's weights by their largest singular value. Default false. */
  readonly spectralNorm: boolean;
  /** The generator is trained in every nth step, the discriminator in each. Default 1. */
  readonly discriminatorSteps: number;
  /**
   * Of several processes that train together: take the generator's batch statistics over the whole batch, so that they train what
   * one process would. Default true.
   */
  readonly syncBatchNorm: boolean;
  /**
   * Of several processes: what gradients are rounded to on their way. `bfloat16` halves what is sent; sums are taken in float32. Default
   * `float32`.
   */
  readonly gradientPrecision: 'float32' | 'bfloat16';
  /** Adam's learning rate, of both networks, at most 10⁶. Default 1e-4. */
  readonly learningRate: number;
  /** That of the generator alone. Default null: `learningRate`. */
  readonly learningRateGenerator: number | null;
  /** That of the discriminator alone. Default null: `learningRate`. */
  readonly learningRateDiscriminator: number | null;
  /** `cosine` leads to the final values along half a cosine, in `scheduleSteps`. Default `constant`. */
  readonly schedule: 'constant' | 'cosine';
  /** Steps of a `cosine` until the final values are reached, from the model's first on. Default: those of the first `fit`. */
  readonly scheduleSteps: number | null;
  /** Where `learningRate` ends; other rates of the two networks shrink alike. Default null: where it began. */
  readonly finalLearningRate: number | null;
  /** Where `beta2` ends. Default null: where it began. */
  readonly finalBeta2: number | null;
  /** Where `r1` ends. Default null: where it began. */
  readonly finalR1: number | null;
  /** Where `r2` ends. Default null: where it began. */
  readonly finalR2: number | null;
  /** Random changes of all images that the discriminator sees: `translate`, `cutout`, `colour`. Default none. */
  readonly augment: readonly ('translate' | 'cutout' | 'colour')[];
  /**
   * Images after which an average of the generator's weights has forgotten half. Where there is one, it draws, and is
   * exported. Default 0: none.
   */
  readonly ema: number;
  /** Adam's decay of the first moment. Default 0.9. */
  readonly beta1: number;
  /** Adam's decay of the second moment. Default 0.999. */
  readonly beta2: number;
  /** Adam's ε, outside the bias correction as in Keras, from 10⁻³⁰ to 10³⁰. Default 1e-7. */
  readonly epsilon: number;
  /** Share of the discriminator's activations that dropout sets to zero, in [0, 1). Default 0.3. */
  readonly dropout: number;
  /** Decides weights, noise, dropout and the order of the data. Default: drawn at random, and recorded. */
  readonly seed: number;
  /** `auto`, `cpu`, `cuda` or `cuda:N`. Default `auto`. */
  readonly device: string;
  /** `float32`, or `bfloat16` activations and products with float32 weights. Default `float32`. */
  readonly precision: 'float32' | 'bfloat16';
  /**
   * CPU threads; 0 takes `OMP_NUM_THREADS` where it is set, else the CPUs that the process may use, no more than the CPU
   * quota of its container. float32 results of the networks of docs/recipe.md do not depend on it. Default 0.
   */
  readonly threads: number;
  /** On CUDA, multiplies float32 as TensorFloat-32: faster, with 10 bits of mantissa. Default false. */
  readonly tf32: boolean;
  /**
   * On CUDA, how convolutions get the feature maps; which is faster depends on the GPU. Default
   * `channels-last`.
   */
  readonly memoryFormat: 'channels-last' | 'contiguous';
}

export const modelOptionNames = Object.keys(entries) as (keyof ModelOptions)[];

/**
 * Checks options and fills in defaults. What it returns is frozen.
 * @throws DcganError ERR_OPTION, naming the option, the value and what is allowed.
 */
export function resolveOptions(options: Partial<ModelOptions> = {}): ModelOptions {
  const resolved = check(schema, options);
  const contradiction = contradictionIn(resolved);
  if (contradiction) throw new DcganError('ERR_OPTION', contradiction, { value: options });
  // 2³² seeds are enough to never meet the same one by chance, and short enough to type.
  return Object.freeze({ ...resolved, seed: resolved.seed ?? Math.floor(Math.random() * 2 ** 32) });
}

/** Options that make no sense together, as a sentence; null where all do. */
function contradictionIn(options: v.InferOutput<typeof schema>): string | null {
  const { objective, labelSmoothing, schedule, scheduleSteps, conditional, classes } = options;
  if (labelSmoothing > 0 && objective !== 'bce') {
    return `Options 'labelSmoothing' and 'objective' contradict each other: only 'bce' has targets to smooth, not '${objective}'. Leave one of them out.`;
  }
  if (classes > 0 && !conditional) {
    return "Options 'classes' and 'conditional' contradict each other: without conditional: true there are no classes. Add it, or leave classes out.";
  }
  if (schedule === 'constant' && scheduleSteps !== null) {
    return "Options 'scheduleSteps' and 'schedule' contradict each other: a constant schedule has no end. Add schedule: 'cosine', or leave scheduleSteps out.";
  }
  for (const [final, first] of finals) {
    if (options[final] === null) continue;
    if (schedule === 'constant') {
      return `Options '${final}' and 'schedule' contradict each other: a constant schedule has no end. Add schedule: 'cosine', or leave ${final} out.`;
    }
    if (options[first] === 0) {
      return `Options '${final}' and '${first}' contradict each other: there is no such penalty at the beginning. Give ${first}, or leave ${final} out.`;
    }
  }
  return null;
}

const finals = [
  ['finalLearningRate', 'learningRate'],
  ['finalBeta2', 'beta2'],
  ['finalR1', 'r1'],
  ['finalR2', 'r2'],
] as const;

/** Parses `value` by a valibot schema. @throws DcganError ERR_OPTION for the first thing that is wrong. */
export function check<S extends v.GenericSchema>(wanted: S, value: unknown): v.InferOutput<S> {
  const result = v.safeParse(wanted, value);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const name = v.getDotPath(issue) ?? '';
  const said = issue.message.replace(/^Invalid \w+: /, '');
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    throw new DcganError(
      'ERR_OPTION',
      `There is no option '${name}'. Known options: ${knownNames(wanted)}.`,
      {
        value: issue.input,
      },
    );
  }
  throw new DcganError('ERR_OPTION', `Option '${name}' is wrong: ${said}.`, { value: issue.input });
}

function knownNames(wanted: v.GenericSchema): string {
  const { entries: known } = wanted as { entries?: Record<string, unknown> };
  return Object.keys(known ?? {})
    .map((name) => `'${name}'`)
    .join(', ');
}
