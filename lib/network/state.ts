import { discriminatorLayers, generatorLayers, type Layer, recipe, type TensorShapes } from './layers.js';

/** Float32 numbers in C order. */
export interface Tensor {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** Tensors by name. */
export type TensorState = Record<string, Tensor>;

/** Every tensor of a generator alone. */
export function generatorTensors(latentSize: number): TensorShapes {
  return tensorsOf(generatorLayers(recipe, latentSize));
}

/** Every tensor of both networks. */
export function networkTensors(latentSize: number): TensorShapes {
  return tensorsOf(layersOf(latentSize));
}

/** Every tensor of a model: both networks, and both moments of Adam for what it trains. */
export function modelTensors(latentSize: number): TensorShapes {
  const moments = layersOf(latentSize)
    .flatMap(({ trained }) => [...trained])
    .flatMap(([name, shape]) => ['adam.m.', 'adam.v.'].map((prefix) => [prefix + name, shape] as const));
  return new Map([...networkTensors(latentSize), ...moments]);
}

const layersOf = (latentSize: number): Layer[] => [
  ...generatorLayers(recipe, latentSize),
  ...discriminatorLayers(recipe),
];

function tensorsOf(layers: readonly Layer[]): TensorShapes {
  return new Map(layers.flatMap(({ trained, statistics }) => [...trained, ...statistics]));
}

/**
 * What keeps a state from being a whole model, or a generator alone: a tensor that is missing, surplus or of another
 * shape, by name; null when nothing does.
 */
export function wrongTensor(state: TensorState, latentSize: number): string | null {
  const wanted = isGeneratorAlone(state) ? generatorTensors(latentSize) : modelTensors(latentSize);
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
