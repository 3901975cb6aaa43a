import type { Checkpoint } from '../../lib/checkpoint/checkpoint.js';
import { modelTensors, type TensorState } from '../../lib/network/state.js';
import { resolveOptions } from '../../lib/options.js';

const latentSize = 1;

/** A whole model's tensors, all filled with one number, which tells them apart. */
export function modelState(value: number): TensorState {
  const largest = Math.max(...[...modelTensors(resolveOptions({ latentSize })).values()].map(sizeOf));
  // Tensors may share memory: what is written are their bytes.
  const data = new Float32Array(largest).fill(value);
  return Object.fromEntries(
    [...modelTensors(resolveOptions({ latentSize }))].map(([name, shape]) => [
      name,
      { data: data.subarray(0, sizeOf(shape)), shape },
    ]),
  );
}

/** A whole checkpoint whose tensors are filled with its step. */
export function modelCheckpoint(step: number): Checkpoint {
  return {
    options: resolveOptions({ seed: 7, batchSize: 8, latentSize }),
    step,
    data: { name: 'mnist', sha256: 'ab'.repeat(32), count: 60_000 },
    state: modelState(step),
  };
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);
