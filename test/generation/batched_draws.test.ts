import { setImmediate } from 'node:timers/promises';
import { BatchedDraws } from '../../lib/generation/batched_draws.js';

/** Draws images of two values from noise of one: itself and its negative. Notes how many images each pass had. */
function echo(passes: number[] = []): BatchedDraws {
  return new BatchedDraws(async (noise, count) => {
    passes.push(count);
    await setImmediate();
    if (noise.includes(13)) throw new Error('unlucky');
    return Float32Array.from({ length: 2 * count }, (_, i) => (i % 2 === 0 ? 1 : -1) * noise[i >> 1]!);
  });
}

describe('BatchedDraws', () => {
  test('gives each caller the images of its own noise', async () => {
    const draws = echo();
    const results = await Promise.all(
      [[1], [2, 3], [4]].map((n) => draws.draw(Float32Array.from(n), n.length)),
    );
    expect(results.map((images) => [...images])).toEqual([
      [1, -1],
      [2, -2, 3, -3],
      [4, -4],
    ]);
  });

  test('draws what waits in one pass', async () => {
    const passes: number[] = [];
    const draws = echo(passes);
    await Promise.all(Array.from({ length: 20 }, () => draws.draw(new Float32Array(3), 3)));
    expect(passes).toEqual([3, 57]);
  });

  test('puts no more than 256 images into a pass, unless one caller wants them', async () => {
    const passes: number[] = [];
    const draws = echo(passes);
    await Promise.all([1, 200, 56, 1, 500, 2].map((count) => draws.draw(new Float32Array(count), count)));
    expect(passes).toEqual([1, 256, 1, 500, 2]);
  });

  test('takes the noise as it is when it is called', async () => {
    const draws = echo();
    const noise = Float32Array.of(1);
    const results = [draws.draw(noise, 1), draws.draw(noise, 1)];
    noise[0] = 5;
    expect([...(await results[1]!)]).toEqual([1, -1]);
  });

  test('refuses those whose pass failed, and goes on', async () => {
    const draws = echo();
    const results = [1, 2, 13].map((value) => draws.draw(Float32Array.of(value), 1));
    const settled = await Promise.allSettled(results);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect([...(await draws.draw(Float32Array.of(3), 1))]).toEqual([3, -3]);
  });

  test('gives each caller memory of its own', async () => {
    const draws = echo();
    const results = await Promise.all([1, 2, 3].map((value) => draws.draw(Float32Array.of(value), 1)));
    expect(new Set(results.map(({ buffer }) => buffer)).size).toBe(3);
  });
});
