import type { ConfigValue, KerasLayer } from './keras_layers.js';

/** A layer as a file describes it. */
export interface FoundLayer {
  readonly kind: string;
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** The layers that it reads, of a Functional model. */
  readonly reads?: readonly string[];
}

/** What is other in a layer than it should be. */
export interface Difference {
  readonly key: string;
  readonly found: unknown;
  readonly expected: unknown;
}

/** What Keras takes where the configuration says nothing. */
const defaults: Readonly<Record<string, ConfigValue>> = {
  activation: 'linear',
  axis: -1,
  center: true,
  data_format: 'channels_last',
  dilation_rate: [1, 1],
  epsilon: 1e-3,
  groups: 1,
  momentum: 0.99,
  negative_slope: 0.3,
  output_padding: null,
  padding: 'valid',
  scale: true,
  strides: [1, 1],
  use_bias: true,
};

/** What decides nothing once there are weights, or nothing that this package does. */
const harmless: ReadonlySet<string> = new Set([
  'batch_input_shape',
  'batch_shape',
  'dtype',
  'name',
  'renorm_momentum',
  'seed',
  'trainable',
]);

/** Names of Keras 2. */
const aliases: Readonly<Record<string, string>> = { alpha: 'negative_slope' };

/**
 * The configuration that both Keras 2 and Keras 3 take without a word. Each refuses or deplores the other's name of the
 * slope, and only one takes groups in a transposed convolution: these have their defaults, which are right.
 */
export function writtenConfig({ name, config }: KerasLayer): Record<string, ConfigValue> {
  const { negative_slope: _slope, groups: _groups, ...written } = config;
  return { name, dtype: 'float32', ...written };
}

/** The first setting of a layer that makes it another one than `expected`, or null. */
export function differenceOf(layer: FoundLayer, expected: KerasLayer): Difference | null {
  const found = Object.fromEntries(
    Object.entries(layer.config).map(([key, value]) => [aliases[key] ?? key, value]),
  );
  for (const [key, wanted] of Object.entries(expected.config)) {
    const value = plain(found[key] ?? defaults[key], key, wanted);
    if (!isEqual(value, wanted)) return { key, found: value, expected: wanted };
  }
  for (const [key, value] of Object.entries(found)) {
    if (key in expected.config || harmless.has(key) || key.endsWith('_initializer')) continue;
    // Regularisers, constraints and whatever else is not named above: none of it is there.
    if (value !== null && value !== false) return { key, found: value, expected: null };
  }
  return null;
}

/** A value in the one form that it is compared in. */
function plain(value: unknown, key: string, wanted: ConfigValue): unknown {
  if (key === 'activation') return (value as { config?: unknown } | null)?.config ?? value;
  if (key !== 'axis') return value;
  const axis = Array.isArray(value) && value.length === 1 ? value[0] : value;
  // The last axis, which is the one that is wanted.
  return axis === -1 ? wanted : axis;
}

/** Numbers are equal when they are as float32, as which Keras may have written them. */
function isEqual(found: unknown, expected: unknown): boolean {
  if (Array.isArray(expected)) {
    return (
      Array.isArray(found) &&
      found.length === expected.length &&
      expected.every((value, i) => isEqual(found[i], value))
    );
  }
  if (typeof expected !== 'number') return found === expected;
  return typeof found === 'number' && Math.fround(found) === Math.fround(expected);
}
