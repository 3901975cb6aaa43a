import { setImmediate } from 'node:timers/promises';
import { BatchedDraws } from '../../lib/generation/batched_draws.js';
import type { NativeLatents } from '../../lib/native/bindings.js';

/** Draws images of two values from noise of one: itself and its negative. Notes how many images each pass had. */
function echo(passes: number[] = []): BatchedDraws {
  const draw = async (latents: readonly NativeLatents[]) => {
    const noise = latents.flatMap(({ from }) => [...(from as Float32Array)]);
    passes.push(noise.length);
    await setImmediate();
    if (noise.includes(13)) throw new Error('unlucky');
    return Float32Array.from(noise.flatMap((value) => [value, -value]));
  };
  return new BatchedDraws(draw, () => undefined);
}

const latents = (...noise: number[]) => ({
  count: noise.length,
  from: Float32Array.from(noise),
  labels: null,
});
const zeros = (count: number) => latents(...Array<number>(count).fill(0));

describe('BatchedDraws', () => {
  test('gives each caller the images of its own noise', async () => {
    const draws = echo();
    const results = await Promise.all([[1], [2, 3], [4]].map((noise) => draws.draw(latents(...noise))));
    expect(results.map((images) => [...images])).toEqual([
      [1, -1],
      [2, -2, 3, -3],
      [4, -4],
    ]);
  });

  test('draws what waits in one pass', async () => {
    const passes: number[] = [];
    const draws = echo(passes);
    await Promise.all(Array.from({ length: 20 }, () => draws.draw(zeros(3))));
    expect(passes).toEqual([3, 57]);
  });

  test('puts no more than 256 images into a pass, unless one caller wants them', async () => {
    const passes: number[] = [];
    const draws = echo(passes);
    await Promise.all([1, 200, 56, 1, 500, 2].map((count) => draws.draw(zeros(count))));
    expect(passes).toEqual([1, 256, 1, 500, 2]);
  });

  test('refuses those whose pass failed, and goes on', async () => {
    const draws = echo();
    const results = [1, 2, 13].map((value) => draws.draw(latents(value)));
    const settled = await Promise.allSettled(results);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect([...(await draws.draw(latents(3)))]).toEqual([3, -3]);
  });

  test('gives each caller memory of its own', async () => {
    const draws = echo();
    const results = await Promise.all([1, 2, 3].map((value) => draws.draw(latents(value))));
    expect(new Set(results.map(({ buffer }) => buffer)).size).toBe(3);
  });
});
