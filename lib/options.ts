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

/** Devices: `auto` takes the first CUDA device when there is one, else the CPU. */
const device = v.pipe(
  v.string(),
  v.regex(/^(auto|cpu|cuda|cuda:\d{1,3})$/, "must be 'auto', 'cpu', 'cuda' or 'cuda:N'"),
);

const entries = {
  batchSize: v.optional(count(1, 65536), 128),
  latentSize: v.optional(count(1, 4096), 100),
  learningRate: v.optional(learningRate, 1e-4),
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
  /** Images in a batch. Default 128. */
  readonly batchSize: number;
  /** Length of the latent vector z. Default 100. */
  readonly latentSize: number;
  /** Adam's learning rate, of both networks, at most 10⁶. Default 1e-4. */
  readonly learningRate: number;
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
   * quota of its container. float32 results do not depend on it. Default 0.
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
  // 2³² seeds are enough to never meet the same one by chance, and short enough to type.
  return Object.freeze({ ...resolved, seed: resolved.seed ?? Math.floor(Math.random() * 2 ** 32) });
}

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
