import type { TensorState } from './state.js';

/** Which of the two networks. */
export type Network = 'generator' | 'discriminator';

/** Of a model's tensors those of one network, batch-norm statistics included. */
export function tensorsOfNetwork(state: TensorState, network: Network): TensorState {
  return select(state, (name) => name.startsWith(`${network}.`));
}

/** Of a model's tensors those of both networks: all but the optimisers' (`adam.…`). */
export function tensorsOfNetworks(state: TensorState): TensorState {
  return select(state, (name) => !name.startsWith('adam.'));
}

/** Of both networks' tensors those that training changes by their gradients: all but the statistics. */
export function trainedTensors(state: TensorState): TensorState {
  return select(state, (name) => !name.includes('.running_'));
}

function select(state: TensorState, isMeant: (name: string) => boolean): TensorState {
  return Object.fromEntries(Object.entries(state).filter(([name]) => isMeant(name)));
}
