import { Generator, type InpaintOptions } from '../../lib/index.js';
import { blended, filledSmoothly } from '../../lib/latent/blend.js';
import { contextWeights } from '../../lib/latent/context_weights.js';
import { boxMask, invertedMask, masksOf, noiseMask, pictureMask } from '../../lib/latent/mask.js';
import { using } from '../support/cleanup.js';
import { meanSquare, smallGenerator } from './support.js';

const few = { starts: 4, steps: 12 };
const grey = { imageSize: 28, channels: 1 };
const middle = boxMask({ x: 7, y: 7, width: 14, height: 14 }, 28);

/** Those numbers of images of one channel whose mask says so. */
const where = (images: Float32Array, mask: Uint8Array, value: number) =>
  images.filter((_, i) => mask[i % mask.length] === value);

describe('inpaint', () => {
  test('draws what is missing, and leaves the rest as it is, bit for bit', async () => {
    const generator = using(await Generator.load());
    const { data } = await generator.generate(2, { seed: 12 });
    const mask = noiseMask(0.5, 28, 3);
    const damaged = data.map((value, i) => (mask[i % 784] === 1 ? 0 : value));
    const how = { seed: 1, starts: 8, steps: 100 };
    const { images, latents, labels } = await generator.inpaint(damaged, mask, how);
    expect([images.length, latents.length, labels]).toEqual([data.length, 200, null]);
    expect(where(images, mask, 0)).toEqual(where(data, mask, 0));
    expect(meanSquare(where(images, mask, 1), where(data, mask, 1))).toBeLessThan(0.05);
  });

  test('gives different answers on request, and the same for the same seed', async () => {
    const generator = using(await Generator.load());
    const { data } = await generator.generate(1, { seed: 12 });
    const options = { ...few, seed: 3, answers: 3 } as const;
    const one = await generator.inpaint(data, middle, options);
    expect(one).toEqual(await generator.inpaint(data, middle, options));
    const [first, second, third] = [0, 1, 2].map((i) => one.images.subarray(i * 784, (i + 1) * 784));
    for (const answer of [first!, second!, third!]) {
      expect(where(answer, middle, 0)).toEqual(where(data, middle, 0));
    }
    for (const [a, b] of [
      [first!, second!],
      [first!, third!],
      [second!, third!],
    ] as const) {
      expect(meanSquare(where(a, middle, 1), where(b, middle, 1))).toBeGreaterThan(0.01);
    }
  });

  test('takes pixels 0 … 255, a mask for each picture, colours, classes and the discriminator', async () => {
    const notices: string[] = [];
    const generator = await smallGenerator((notice) => notices.push(notice));
    const pixels = Uint8Array.from({ length: 2 * 768 }, (_, i) => (i * 7) % 256);
    const [left, top] = [
      boxMask({ x: 0, y: 0, width: 8, height: 16 }, 16),
      boxMask({ x: 0, y: 0, width: 16, height: 8 }, 16),
    ];
    const { images, labels } = await generator.inpaint(pixels, Uint8Array.of(...left, ...top), few);
    expect(labels).toHaveLength(2);
    const bytes = Uint8Array.from(images, (value) => Math.round((value + 1) * 127.5));
    const isKnown = (i: number) => (i < 768 ? left : top)[Math.floor((i % 768) / 3)] === 0;
    expect(bytes.filter((_, i) => isKnown(i))).toEqual(pixels.filter((_, i) => isKnown(i)));
    // There is no classifier of such images.
    expect(notices.join()).toMatch(/^There is no classifier of 16×16 images of 3 channels/);
  });

  test('refuses masks that are none', async () => {
    const generator = using(await Generator.load());
    const { data } = await generator.generate(2, { seed: 1 });
    const refusal = (mask: Uint8Array, options: InpaintOptions = few) =>
      generator.inpaint(data, mask, options).then(
        () => 'done',
        ({ code }) => code,
      );
    expect(await refusal(new Uint8Array(784))).toBe('ERR_MASK');
    expect(await refusal(new Uint8Array(784).fill(1))).toBe('ERR_MASK');
    expect(await refusal(new Uint8Array(783).fill(1, 9))).toBe('ERR_MASK');
    expect(await refusal(Uint8Array.from(middle, (value) => value * 255))).toBe('ERR_MASK');
    expect(await refusal(Uint8Array.of(...middle, ...new Uint8Array(784)))).toBe('ERR_MASK');
    expect(await refusal([...middle] as unknown as Uint8Array)).toBe('ERR_MASK');
    expect(await refusal(middle, { answers: 0 })).toBe('ERR_OPTION');
    expect(await refusal(middle, { blend: 'hard' as 'none' })).toBe('ERR_OPTION');
  });
});

describe('masks', () => {
  test('are boxes, noise, pictures, and the other way round', () => {
    expect(middle.reduce((sum, value) => sum + value, 0)).toBe(14 * 14);
    expect([middle[7 * 28 + 6], middle[7 * 28 + 7], middle[20 * 28 + 20], middle[21 * 28 + 20]]).toEqual([
      0, 1, 1, 0,
    ]);
    const noise = noiseMask(0.8, 28, 7);
    expect(noise.filter((value) => value === 1)).toHaveLength(Math.round(0.8 * 784));
    expect(noise).toEqual(noiseMask(0.8, 28, 7));
    expect(noise).not.toEqual(noiseMask(0.8, 28, 8));
    const pixels = Uint8Array.from(middle, (value) => value * 255);
    expect(pictureMask({ pixels, width: 28, height: 28, channels: 1 }, 28)).toEqual(middle);
    expect(invertedMask(invertedMask(middle))).toEqual(middle);
    expect(masksOf(middle, 2, 28)).toEqual([middle, middle]);
  });

  test.each([
    ['a box beyond the image', () => boxMask({ x: 20, y: 0, width: 9, height: 4 }, 28)],
    ['a box of no width', () => boxMask({ x: 0, y: 0, width: 0, height: 4 }, 28)],
    ['noise that leaves nothing', () => noiseMask(1, 28, 1)],
    ['a share that is no number', () => noiseMask(Number.NaN, 28, 1)],
    [
      'a picture of another size',
      () => pictureMask({ pixels: middle, width: 14, height: 56, channels: 1 }, 28),
    ],
  ])('%s is refused', (_, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'ERR_MASK' }));
  });

  test('let pixels count more the more is missing around them', () => {
    const weights = contextWeights(middle, 28);
    expect([...where(weights, middle, 1)].every((weight) => weight === 0)).toBe(true);
    const [far, near, nearest] = [
      [0, 0],
      [13, 4],
      [13, 6],
    ].map(([y, x]) => weights[y! * 28 + x!]!);
    expect(far).toBeCloseTo(0.1);
    // Of the 7×7 window one column of seven is missing, or three.
    expect(near).toBeCloseTo(0.1 + 1 / 7);
    expect(nearest).toBeCloseTo(0.1 + 3 / 7);
  });
});

describe('blending', () => {
  const ramp = Float32Array.from({ length: 784 }, (_, i) => ((i % 28) - 14) / 20);

  test('by Poisson gives back a picture of which only the brightness differs', () => {
    const drawn = ramp.map((value) => value - 0.2);
    const image = blended('poisson', ramp, drawn, middle, grey);
    for (const [i, value] of image.entries()) expect(value).toBeCloseTo(ramp[i]!, 6);
  });

  test('fills smoothly: a ramp goes on through a hole', () => {
    const damaged = ramp.map((value, i) => (middle[i] === 1 ? 1 : value));
    const filled = filledSmoothly(damaged, middle, grey);
    for (const [i, value] of filled.entries()) expect(value).toBeCloseTo(ramp[i]!, 6);
  });

  test('softly meets the border halfway, and is what was drawn further in; without, it is that everywhere', () => {
    const drawn = new Float32Array(784);
    const known = new Float32Array(784).fill(0.8);
    const soft = blended('soft', known, drawn, middle, grey);
    const [border, inner] = [soft[13 * 28 + 7]!, soft[13 * 28 + 13]!];
    expect(border).toBeGreaterThan(0.2);
    expect(border).toBeLessThan(0.4);
    expect(inner).toBe(0);
    expect(where(blended('none', known, drawn, middle, grey), middle, 1).every((value) => value === 0)).toBe(
      true,
    );
  });
});

test('noise is taken from digits, and small ones are drawn larger', async () => {
  const generator = using(await Generator.load());
  const { data } = await generator.generate(2, { seed: 21 });
  const noisy = data.map((value, i) => Math.max(-1, Math.min(1, value + 0.5 * Math.sin(i * i))));
  const clean = await generator.denoise(noisy, { seed: 1, starts: 8, steps: 60 });
  expect(meanSquare(clean.images, data)).toBeLessThan(0.5 * meanSquare(noisy, data));
  const small = Float32Array.from({ length: 2 * 14 * 14 }, (_, i) => {
    const at = Math.floor(i / 14) * 2 * 28 + (i % 14) * 2;
    return (data[at]! + data[at + 1]! + data[at + 28]! + data[at + 29]!) / 4;
  });
  const large = await generator.upscale(small, 2, { seed: 1, starts: 8, steps: 60 });
  expect(meanSquare(large.images, data)).toBeLessThan(0.05);
  await expect(generator.upscale(small, 3)).rejects.toMatchObject({ code: 'ERR_OPTION' });
  await expect(generator.upscale(data, 2, { labels: 1 })).rejects.toMatchObject({ code: 'ERR_LABELS' });
});
