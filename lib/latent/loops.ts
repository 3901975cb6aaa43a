import { Matrix, solve } from 'ml-matrix';
import { drawNormal } from './philox.js';
import { normOf, withNorm } from './vectors.js';

/** A closed way through latent space: where it is at a time from 0 to 1, when it is where it began. */
export type Loop = (time: number) => Float32Array;

/** What decides a random loop. */
export interface GaussianLoop {
  readonly seed: number;
  /** Which of the loops that the seed decides, from 0 on. */
  readonly cell: number;
  /** How many places that have little to do with each other it comes by. */
  readonly keyframes: number;
  readonly latentSize: number;
}

/**
 * A sample of a Gaussian process that is periodic: each number of the latent vector is
 *
 *     Σ_h w_h (a_h cos 2πht + b_h sin 2πht),  a_h, b_h ~ N(0, 1),  Σ w_h² = 1
 *
 * so that at each time the latent vector is drawn from the normal distribution, as those are that a generator was trained on. The
 * spectrum is that of the squared exponential kernel exp(−(τ / ℓ)² / 2), with ℓ half the time from one keyframe to the next, at which
 * distance the correlation is e⁻².
 */
export function gaussianLoop({ seed, cell, keyframes, latentSize }: GaussianLoop): Loop {
  const width = keyframes / Math.PI;
  // What is beyond four standard deviations of the spectrum is nothing to see.
  const harmonics = Math.ceil(4 * width) + 1;
  const powers = Array.from(
    { length: harmonics },
    (_, h) => (h === 0 ? 0.5 : 1) * Math.exp(-((h / width) ** 2) / 2),
  );
  const sum = powers.reduce((total, power) => total + power, 0);
  const weights = powers.map((power) => Math.sqrt(power / sum));
  const size = 2 * harmonics * latentSize;
  const amplitudes = drawNormal(seed, cell * size, size);
  return (time) => {
    const z = new Float64Array(latentSize);
    for (const [h, weight] of weights.entries()) {
      const angle = 2 * Math.PI * h * time;
      const [cosine, sine] = [weight * Math.cos(angle), weight * Math.sin(angle)];
      // A constant has no sine; its second amplitude is not used.
      const at = 2 * h * latentSize;
      for (let i = 0; i < latentSize; i++) {
        z[i]! += cosine * amplitudes[at + i]! + sine * amplitudes[at + latentSize + i]!;
      }
    }
    return Float32Array.from(z);
  };
}

/**
 * A closed cubic spline through latent vectors at equal times, with the norm between that of its neighbours: a spline alone cuts corners,
 * where vectors are too short to be drawn of.
 */
export function splineLoop(points: readonly Float32Array[]): Loop {
  const n = points.length;
  const norms = points.map(normOf);
  const bends = secondDerivatives(points);
  return (time) => {
    const at = time * n;
    const from = Math.floor(at) % n;
    const to = (from + 1) % n;
    const right = at - Math.floor(at);
    const left = 1 - right;
    const [bendLeft, bendRight] = [(left ** 3 - left) / 6, (right ** 3 - right) / 6];
    const z = points[from]!.map(
      (number, i) =>
        left * number +
        right * points[to]![i]! +
        bendLeft * bends.get(from, i) +
        bendRight * bends.get(to, i),
    );
    const eased = (1 - Math.cos(Math.PI * right)) / 2;
    return withNorm(z, (1 - eased) * norms[from]! + eased * norms[to]!);
  };
}

/** m of m_{i−1} + 4 m_i + m_{i+1} = 6 (y_{i−1} − 2 y_i + y_{i+1}), round: [n, size]. */
function secondDerivatives(points: readonly Float32Array[]): Matrix {
  const n = points.length;
  const neighbours = Matrix.zeros(n, n);
  for (let i = 0; i < n; i++) {
    for (const j of [(i + 1) % n, (i + n - 1) % n]) neighbours.set(i, j, neighbours.get(i, j) + 1);
  }
  const values = new Matrix(points.map((point) => Array.from(point)));
  const bending = Matrix.sub(neighbours, Matrix.eye(n, n, 2))
    .mmul(values)
    .mul(6);
  return solve(Matrix.add(neighbours, Matrix.eye(n, n, 4)), bending);
}
