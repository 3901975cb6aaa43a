import { mean, openGenerator, quantiles } from './data.mjs';

/** Below this a picture counts as found: the mean square of what its numbers in [-1, 1] are off. */
const found = 1e-3;

/** Looks for pictures that the generator drew itself, whose latent vectors are known to be there. */
export async function drawnAgain({ count, threads, encoder = false }) {
  const generator = await openGenerator(threads);
  const { data } = await generator.generate(count, { seed: 2024 });
  const { errors } = await generator.project(data, { seed: 1, encoder });
  generator.dispose();
  const [median, p99, worst] = quantiles(errors, [0.5, 0.99, 1]);
  const share = errors.filter((error) => error < found).length / count;
  return {
    count,
    limit: found,
    share,
    mean: mean([...errors]),
    median,
    p99,
    worst,
    encoder: encoder !== false,
  };
}
