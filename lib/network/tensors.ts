import { plainWeights } from './spectral_norm.js';
import type { TensorState } from './state.js';

/** Which of the two networks. */
export type Network = 'generator' | 'discriminator';

/** Before the names of the generator's average over the steps of its training. */
export const averagePrefix = 'ema.';

/** Of a model's tensors those of the generator that draws, batch-norm statistics included: its average where there is one. */
export function drawingTensors(state: TensorState): TensorState {
  const own = select(state, (name) => name.startsWith('generator.'));
  const average = select(state, (name) => name.startsWith(averagePrefix));
  const averaged = Object.entries(average).map(([name, tensor]) => [
    name.slice(averagePrefix.length),
    tensor,
  ]);
  return { ...own, ...Object.fromEntries(averaged) };
}

/** Of a model's tensors those of the discriminator; null where there are none. */
export function discriminatorTensors(state: TensorState): TensorState | null {
  const tensors = select(state, (name) => name.startsWith('discriminator.'));
  return Object.keys(tensors).length > 0 ? tensors : null;
}

/**
 * What other programs get of a model: the generator that draws, and the discriminator with its weights divided by what they
 * are divided by in training, so that both are plain networks.
 */
export function exportedTensors(state: TensorState): TensorState {
  const discriminator = select(state, (name) => name.startsWith('discriminator.'));
  return { ...drawingTensors(state), ...plainWeights(discriminator) };
}

/**
 * A state for a model that keeps an average of its generator, or keeps none: where there was none it begins with the
 * generator.
 */
export function withAverage(state: TensorState, isKept: boolean): TensorState {
  const others = select(state, (name) => !name.startsWith(averagePrefix));
  if (!isKept) return others;
  const average = Object.entries(drawingTensors(state)).map(([name, tensor]) => [
    averagePrefix + name,
    tensor,
  ]);
  return { ...others, ...Object.fromEntries(average) };
}

/** Of a model's tensors those of both networks: all but the optimisers' (`adam.…`) and the average (`ema.…`). */
export function tensorsOfNetworks(state: TensorState): TensorState {
  return select(state, (name) => !name.startsWith('adam.') && !name.startsWith(averagePrefix));
}

/** Of both networks' tensors those that training changes by their gradients: all but the statistics. */
export function trainedTensors(state: TensorState): TensorState {
  return select(state, (name) => !name.includes('.running_') && !name.endsWith('.weight_u'));
}

function select(state: TensorState, isMeant: (name: string) => boolean): TensorState {
  return Object.fromEntries(Object.entries(state).filter(([name]) => isMeant(name)));
}
