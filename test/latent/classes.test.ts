import { distance, taken } from './helpers.js';
import { smallGenerator } from './support.js';

describe('a way from one class to another', () => {
  const latents = Float32Array.from({ length: 2 * 8 }, (_, i) => Math.sin(1 + (i % 8)));

  test('begins with an image of the one and ends with an image of the other', async () => {
    const generator = await smallGenerator();
    const frames = await taken(generator.interpolate({ latents, labels: [0, 2], frames: 5 }));
    for (const [frame, label] of [
      [0, 0],
      [4, 2],
    ] as const) {
      const { data } = await generator.generate(1, { noise: latents.slice(0, 8), labels: label });
      expect(frames[frame]!.data).toEqual(data);
    }
  });

  test('has on it what is between classes', async () => {
    const generator = await smallGenerator();
    const [first, , middle, , last] = await taken(
      generator.interpolate({ latents, labels: [0, 2], frames: 5 }),
    );
    const whole = distance(first!, last!);
    expect(distance(first!, middle!)).toBeGreaterThan(0);
    expect(distance(first!, middle!)).toBeLessThan(whole);
    expect(distance(middle!, last!)).toBeLessThan(whole);
  });
});
