import { createRequire } from 'node:module';
import { digits, openGenerator, side } from './data.mjs';

const { boxMask } = createRequire(import.meta.url)('../../dist/latent/mask.js');

/** So many pictures at once, and how often: the quicker one counts. */
const [count, repeats] = [32, 2];

/** Milliseconds that a picture takes, of 32 that are given together. The only part for which the machine has to be quiet. */
export async function pictureTimes({ threads, encoder }) {
  const generator = await openGenerator(threads);
  const { images } = await digits('test', count);
  const mask = boxMask({ x: side / 4, y: side / 4, width: side / 2, height: side / 2 }, side);
  const search = (options) => () => generator.project(images, { seed: 1, ...options });
  const ways = {
    ...(encoder && { 'project, the encoder alone': search({ encoder, steps: 0 }) }),
    'project, a search alone': search({ encoder: false }),
    ...(encoder && { 'project, both': search({ encoder }) }),
    inpaint: () => generator.inpaint(images, mask, { seed: 1, encoder: encoder ?? false }),
    denoise: () => generator.denoise(images, { seed: 1, encoder: encoder ?? false }),
  };
  const results = [];
  for (const [name, way] of Object.entries(ways)) {
    const times = [];
    for (let i = 0; i < repeats; i++) {
      const began = performance.now();
      await way();
      times.push((performance.now() - began) / count);
    }
    results.push({ name, milliseconds: Math.min(...times) });
  }
  generator.dispose();
  return { count, results };
}
