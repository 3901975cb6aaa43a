import { digits, mean, openGenerator, openJudge, quantiles, size } from './data.mjs';

/** Digits that are looked for without an encoder. */
const mostAlone = 300;

/** How near the generator comes to digits of MNIST's test set, which neither it nor its encoder has seen. */
export async function heldOutDigits({ count, threads, encoder }) {
  const generator = await openGenerator(threads);
  const judge = await openJudge();
  const { images, labels } = await digits('test', count);
  const ways = [
    ...(encoder ? [{ name: 'the encoder alone', of: count, options: { encoder, steps: 0 } }] : []),
    ...(encoder ? [{ name: 'both', of: count, options: { encoder } }] : []),
    // It takes half as long again.
    { name: 'a search alone', of: Math.min(count, mostAlone), options: { encoder: false } },
  ];
  const results = [];
  for (const { name, of, options } of ways) {
    const some = images.subarray(0, of * size);
    const { errors, images: drawn } = await generator.project(some, { seed: 1, ...options });
    const told = await judge.classes(drawn, of);
    const [median, p95] = quantiles(errors, [0.5, 0.95]);
    const right = told.filter((label, i) => label === labels[i]).length / of;
    results.push({ name, of, mean: mean([...errors]), median, p95, right });
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
