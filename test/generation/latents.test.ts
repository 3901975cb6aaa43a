import { latentsOf } from '../../lib/generation/draw.js';

const model = { seed: 7, latentSize: 4 };

test('what goes to the thread that draws is the seed, not the vectors that JavaScript would have to draw', () => {
  expect(latentsOf(20_000, {}, model)).toEqual({ count: 20_000, from: 7 });
  expect(latentsOf(3, { seed: 5 }, model)).toEqual({ count: 3, from: 5 });
});
