import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { norm } from '../network/layers.js';
import type { TensorState } from '../network/state.js';

/**
 * Directions that change most of what the first layer makes of a latent vector (SeFa: Shen and Zhou 2021): the eigenvectors of AᵀA of the
 * largest eigenvalues, A being the columns of the first dense layer that z is multiplied with, each row times the scale γ / √(σ² + ε)
 * of the normalisation behind it.
 * @param generator the tensors `generator.…`
 * @returns unit vectors [latentSize], that of the largest eigenvalue first; of either sign the one whose largest number is positive
 */
export function sefaDirections(generator: TensorState, latentSize: number, count: number): Float32Array[] {
  const { data, shape } = generator['generator.dense.weight']!;
  const [outputs, inputs] = shape as readonly [number, number];
  const { data: scale } = generator['generator.norm1.weight']!;
  const { data: variance } = generator['generator.norm1.running_var']!;
  const products = new Float64Array(latentSize * latentSize);
  for (let row = 0; row < outputs; row++) {
    const power = scale[row]! ** 2 / (variance[row]! + norm.epsilon);
    for (let i = 0; i < latentSize; i++) {
      const factor = power * data[row * inputs + i]!;
      for (let j = 0; j <= i; j++) products[i * latentSize + j]! += factor * data[row * inputs + j]!;
    }
  }
  for (let i = 0; i < latentSize; i++) {
    for (let j = i + 1; j < latentSize; j++) products[i * latentSize + j] = products[j * latentSize + i]!;
  }
  const matrix = Matrix.from1DArray(latentSize, latentSize, products);
  const { realEigenvalues: values, eigenvectorMatrix: vectors } = new EigenvalueDecomposition(matrix, {
    assumeSymmetric: true,
  });
  const order = values.map((_, i) => i).sort((a, b) => values[b]! - values[a]!);
  return order.slice(0, count).map((column) => {
    const vector = vectors.getColumn(column);
    const largest = vector.reduce((most, number) => (Math.abs(number) > Math.abs(most) ? number : most), 0);
    return Float32Array.from(vector, (number) => (largest < 0 ? -number : number));
  });
}
