import type { Tensor, TensorState } from './state.js';

const singularSuffix = '_u';

/** Weights as inference computes with them: those with a singular vector beside them divided by σ, and without it. */
export function plainWeights(state: TensorState): TensorState {
  const plain = Object.entries(state)
    .filter(([name]) => !name.endsWith(`.weight${singularSuffix}`))
    .map(([name, tensor]) => {
      const u = state[name + singularSuffix];
      return [name, u ? divided(tensor, u) : tensor] as const;
    });
  return Object.fromEntries(plain);
}

/** W / ‖W v‖, v the unit vector along Wᵀu; `native/core/network/spectral_norm.h` says why. */
function divided({ data, shape }: Tensor, u: Tensor): Tensor {
  const rows = shape[0]!;
  const columns = data.length / rows;
  const v = new Float64Array(columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) v[j]! += data[i * columns + j]! * u.data[i]!;
  }
  const length = norm(v);
  const wv = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) wv[i]! += (data[i * columns + j]! * v[j]!) / length;
  }
  const sigma = norm(wv);
  return { data: data.map((value) => value / sigma), shape };
}

function norm(vector: Float64Array): number {
  return Math.max(1e-12, Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0)));
}
