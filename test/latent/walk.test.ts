import { Generator, type WalkOptions } from '../../lib/index.js';
import { latentsOfSeeds } from '../../lib/latent/given.js';
import { gaussianLoop, splineLoop } from '../../lib/latent/loops.js';
import { normOf, rowsOf } from '../../lib/latent/vectors.js';
import { distance, taken } from './helpers.js';

const times = Array.from({ length: 40 }, (_, i) => i / 40);

describe('a random loop', () => {
  test('has the variance of latent vectors at all times', () => {
    const squares = times.map(() => 0);
    for (let cell = 0; cell < 50; cell++) {
      const loop = gaussianLoop({ seed: 1, cell, keyframes: 6, latentSize: 100 });
      for (const [i, time] of times.entries()) squares[i]! += normOf(loop(time)) ** 2 / 5000;
    }
    for (const variance of squares) expect(Math.abs(variance - 1)).toBeLessThan(0.1);
  });

  test('is closed', () => {
    const loop = gaussianLoop({ seed: 1, cell: 0, keyframes: 6, latentSize: 100 });
    for (const [i, number] of loop(1).entries()) expect(number).toBeCloseTo(loop(0)[i]!, 5);
  });

  test('of another cell is another one', () => {
    const [a, b] = [0, 1].map((cell) => gaussianLoop({ seed: 1, cell, keyframes: 6, latentSize: 100 })(0));
    expect(a).not.toEqual(b);
  });
});

describe('a loop through latent vectors', () => {
  const points = rowsOf(latentsOfSeeds([1, 2, 3, 4, 5], 100), 100);

  test('comes by each of them', () => {
    const loop = splineLoop(points);
    for (const [k, point] of points.entries()) {
      for (const [i, number] of loop(k / 5).entries()) expect(number).toBeCloseTo(point[i]!, 5);
    }
  });

  test.each([2, 3, 5])('through %i has norms between theirs', (n) => {
    const own = points.slice(0, n);
    const norms = own.map(normOf);
    const loop = splineLoop(own);
    for (const time of times) {
      expect(normOf(loop(time))).toBeGreaterThan(Math.min(...norms) - 1e-3);
      expect(normOf(loop(time))).toBeLessThan(Math.max(...norms) + 1e-3);
    }
  });
});

let generator: Generator;
beforeAll(async () => {
  generator = await Generator.load();
});
afterAll(() => generator.dispose());

describe('Generator.walk', () => {
  test.each([
    ['random', { seed: 3, frames: 48 }],
    ['through seeds', { seeds: [1, 2, 3], frames: 48 }],
  ])('%s has no jump where it begins again', async (_, options) => {
    const frames = await taken(generator.walk(options));
    const steps = frames.map((frame, i) => distance(frame, frames[(i + 1) % frames.length]!));
    const seam = steps.pop()!;
    expect(seam).toBeLessThanOrEqual(Math.max(...steps));
  });

  test('draws the same of the same seed, and something else of another', async () => {
    const [once, again, other] = [
      await taken(generator.walk({ seed: 3, frames: 4 })),
      await taken(generator.walk({ seed: 3, frames: 4 })),
      await taken(generator.walk({ seed: 4, frames: 4 })),
    ];
    expect(again).toEqual(once);
    expect(other).not.toEqual(once);
  });

  test('deals 32 seeds to 12 walks in turn', async () => {
    const seeds = Array.from({ length: 32 }, (_, i) => i);
    const [first] = await taken(generator.walk({ seeds, grid: [4, 3], frames: 1 }));
    expect(first!.shape).toEqual([12, 28, 28, 1]);
    for (const seed of [0, 11]) {
      const { data } = await generator.generate(1, { seed });
      const cell = first!.data.subarray(seed * 784, (seed + 1) * 784);
      expect(Math.max(...data.map((value, i) => Math.abs(value - cell[i]!)))).toBeLessThan(1e-3);
    }
  });

  test.each([
    ['fewer than two seeds for a walk', { seeds: [1, 2, 3], grid: [2, 1] }],
    ['more than a thousand seeds for a walk', { seeds: new Array<number>(1001).fill(1) }],
    ['a seed and seeds', { seed: 1, seeds: [1, 2] }],
    ['keyframes and seeds', { keyframes: 3, seeds: [1, 2] }],
    ['no frames', { frames: 0 }],
    ['a million frames', { frames: 1_000_000 }],
    ['one keyframe', { keyframes: 1 }],
    ['a grid of nothing', { grid: [0, 3] }],
    ['a truncation below zero', { truncation: -1 }],
  ])('refuses %s', async (_, options) => {
    expect(() => generator.walk(options as WalkOptions)).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION' }),
    );
  });
});
