import {
  classifierLayers,
  discriminatorLayers,
  encoderLayers,
  generatorLayers,
  type Layer,
  type NetworkOptions,
  type TensorShapes,
} from './layers.js';
import { averagePrefix } from './tensors.js';

/** Float32 numbers in C order. */
export interface Tensor {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** Tensors by name. */
export type TensorState = Record<string, Tensor>;

/** What a model's tensors follow from. */
export interface StateOptions extends NetworkOptions {
  /** 0: there is no average of the generator. */
  readonly ema: number;
}

/** Every tensor of a generator alone. */
export function generatorTensors(options: NetworkOptions): TensorShapes {
  return tensorsOf(generatorLayers(options));
}

/** Every tensor of both networks. */
export function networkTensors(options: NetworkOptions): TensorShapes {
  return tensorsOf(layersOf(options));
}

/** Every tensor of a classifier. */
export function classifierTensors(options: NetworkOptions): TensorShapes {
  return tensorsOf(classifierLayers(options));
}

/** Every tensor of an encoder. */
export function encoderTensors(options: NetworkOptions): TensorShapes {
  return tensorsOf(encoderLayers(options));
}

/** Every tensor of a model: both networks, both moments of Adam for what it trains, and the generator's average. */
export function modelTensors(options: StateOptions): TensorShapes {
  const moments = layersOf(options)
    .flatMap(({ trained }) => [...trained])
    .flatMap(([name, shape]) => ['adam.m.', 'adam.v.'].map((prefix) => [prefix + name, shape] as const));
  const average = options.ema > 0 ? [...generatorTensors(options)] : [];
  const averaged = average.map(([name, shape]) => [averagePrefix + name, shape] as const);
  return new Map([...networkTensors(options), ...moments, ...averaged]);
}

const layersOf = (options: NetworkOptions): Layer[] => [
  ...generatorLayers(options),
  ...discriminatorLayers(options),
];

function tensorsOf(layers: readonly Layer[]): TensorShapes {
  return new Map(layers.flatMap(({ trained, statistics }) => [...trained, ...statistics]));
}

/**
 * What keeps a state from being a whole model, or a generator alone: a tensor that is missing, surplus or of another
 * shape, by name; null when nothing does.
 */
export function wrongTensor(state: TensorState, options: StateOptions): string | null {
  return wrongAmong(state, isGeneratorAlone(state) ? generatorTensors(options) : modelTensors(options));
}

/** The same of other tensors, `wanted`. */
export function wrongAmong(state: TensorState, wanted: TensorShapes): string | null {
  for (const [name, shape] of wanted) {
    const found = state[name];
    if (!found) return `it lacks the tensor '${name}'`;
    if (String(found.shape) !== String(shape)) {
      return `the shape of its tensor '${name}' is [${found.shape.join(', ')}], not [${shape.join(', ')}]`;
    }
  }
  const surplus = Object.keys(state).find((name) => !wanted.has(name));
  return surplus === undefined ? null : `it has a tensor '${surplus}' that belongs to no network`;
}

/** Whether a state is of a generator that can draw, and cannot be trained. */
export function isGeneratorAlone(state: TensorState): boolean {
  return Object.keys(state).every((name) => name.startsWith('generator.'));
}
