import { latentsOf } from '../../lib/generation/draw.js';
import { resolveOptions } from '../../lib/options.js';

const model = resolveOptions({ seed: 7, latentSize: 4 });
const withClasses = resolveOptions({ seed: 7, latentSize: 4, conditional: true, classes: 3 });

test('what goes to the thread that draws is the seed, not the vectors that JavaScript would have to draw', () => {
  expect(latentsOf(20_000, {}, model)).toEqual({ count: 20_000, from: 7, labels: null });
  expect(latentsOf(3, { seed: 5 }, model)).toEqual({ count: 3, from: 5, labels: null });
});

test('classes are drawn in turn, or as they are given, one for all or one for each', () => {
  const labels = (given?: number | number[]) => [...latentsOf(4, { labels: given }, withClasses).labels!];
  expect(labels()).toEqual([0, 1, 2, 0]);
  expect(labels(2)).toEqual([2, 2, 2, 2]);
  expect(labels([2, 1, 0, 0])).toEqual([2, 1, 0, 0]);
});
