import { digits, mean, openGenerator, openJudge, quantiles } from './data.mjs';

/** How near the generator comes to digits of MNIST's test set, which neither it nor its encoder has seen. */
export async function heldOutDigits({ count, threads, encoder }) {
  const generator = await openGenerator(threads);
  const judge = await openJudge();
  const { images, labels } = await digits('test', count);
  const ways = [
    ...(encoder ? [{ name: 'the encoder alone', options: { encoder, steps: 0 } }] : []),
    ...(encoder ? [{ name: 'both', options: { encoder } }] : []),
    { name: 'a search alone', options: { encoder: false } },
  ];
  const results = [];
  for (const { name, options } of ways) {
    const { errors, images: drawn } = await generator.project(images, { seed: 1, ...options });
    const told = await judge.classes(drawn, count);
    const [median, p95] = quantiles(errors, [0.5, 0.95]);
    const right = told.filter((label, i) => label === labels[i]).length / count;
    results.push({ name, mean: mean([...errors]), median, p95, right });
  }
  const real = await judge.classes(images, count);
  generator.dispose();
  judge.dispose();
  return {
    count,
    ways: results,
    rightOfOriginals: real.filter((label, i) => label === labels[i]).length / count,
  };
}
