import { Generator } from '../../lib/index.js';
import { latentsOfSeeds } from '../../lib/latent/given.js';
import { type InterpolateOptions, slerp } from '../../lib/latent/interpolation.js';
import { normOf, rowsOf } from '../../lib/latent/vectors.js';
import { taken } from './helpers.js';

const [a, b] = rowsOf(latentsOfSeeds([1, 2], 100), 100) as [Float32Array, Float32Array];
const opposite = a.map((number) => -number);
const shares = [0, 0.25, 0.5, 0.75, 1];
const norms = (from: Float32Array, to: Float32Array) => shares.map((share) => normOf(slerp(from, to, share)));

describe('slerp', () => {
  test('changes the norm evenly', () => {
    const wanted = shares.map((share) => (1 - share) * normOf(a) + share * normOf(b));
    for (const [i, norm] of norms(a, b).entries()) expect(norm).toBeCloseTo(wanted[i]!, 4);
  });

  test('begins and ends at the vectors', () => {
    for (const [i, number] of slerp(a, b, 0).entries()) expect(number).toBeCloseTo(a[i]!, 5);
    for (const [i, number] of slerp(a, b, 1).entries()) expect(number).toBeCloseTo(b[i]!, 5);
  });

  test('turns by equal angles', () => {
    const cosine = (x: Float32Array, y: Float32Array) =>
      x.reduce((sum, number, i) => sum + number * y[i]!, 0) / normOf(x) / normOf(y);
    const angles = [0, 1, 2, 3].map((i) =>
      Math.acos(cosine(slerp(a, b, shares[i]!), slerp(a, b, shares[i + 1]!))),
    );
    for (const angle of angles) expect(angle).toBeCloseTo(angles[0]!, 3);
  });

  test('stays where both vectors are equal', () => {
    for (const [i, number] of slerp(a, a.slice(), 0.5).entries()) expect(number).toBeCloseTo(a[i]!, 5);
  });

  test('keeps the norm between opposite vectors, and arrives', () => {
    for (const norm of norms(a, opposite)) expect(norm).toBeCloseTo(normOf(a), 4);
    for (const [i, number] of slerp(a, opposite, 1).entries()) expect(number).toBeCloseTo(-a[i]!, 4);
  });

  test('goes straight to a vector of zeros', () => {
    expect(normOf(slerp(a, new Float32Array(100), 0.5))).toBeCloseTo(normOf(a) / 2, 4);
  });
});

let generator: Generator;
beforeAll(async () => {
  generator = await Generator.load();
});
afterAll(() => generator.dispose());

describe('Generator.interpolate', () => {
  test('begins and ends with the images of its seeds', async () => {
    const frames = await taken(generator.interpolate({ seeds: [1, 2], frames: 3 }));
    expect(frames.map(({ shape }) => shape)).toEqual(new Array(3).fill([1, 28, 28, 1]));
    for (const [frame, seed] of [
      [frames[0]!, 1],
      [frames[2]!, 2],
    ] as const) {
      const { data } = await generator.generate(1, { seed });
      const difference = Math.max(...data.map((value, i) => Math.abs(value - frame.data[i]!)));
      expect(difference).toBeLessThan(1e-3);
    }
  });

  test('draws the same again, closed and linear as well', async () => {
    const options = { seeds: [1, 2, 3], frames: 5, closed: true, mode: 'linear' } as const;
    const [once, again] = [
      await taken(generator.interpolate(options)),
      await taken(generator.interpolate(options)),
    ];
    expect(again).toEqual(once);
  });

  test('draws no more than is taken', async () => {
    for await (const { shape } of generator.interpolate({ seeds: [1, 2], frames: 100_000 })) {
      expect(shape[0]).toBe(1);
      break;
    }
  });

  test('rejects with the reason of a signal', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    await expect(async () => {
      for await (const _ of generator.interpolate({ seeds: [1, 2], signal: controller.signal }))
        controller.abort(reason);
    }).rejects.toBe(reason);
  });

  test('truncation 0 draws one image all the time', async () => {
    const [first, last] = await taken(generator.interpolate({ seeds: [1, 2], frames: 2, truncation: 0 }));
    expect(last!.data).toEqual(first!.data);
  });

  const nan = new Float32Array(200);
  nan[7] = Number.NaN;
  test.each([
    ['no latent vectors', {}, 'ERR_OPTION'],
    ['seeds and latent vectors', { seeds: [1, 2], latents: new Float32Array(200) }, 'ERR_OPTION'],
    ['one seed', { seeds: [1] }, 'ERR_OPTION'],
    ['a seed below zero', { seeds: [1, -1] }, 'ERR_OPTION'],
    ['no frames', { seeds: [1, 2], frames: 0 }, 'ERR_OPTION'],
    ['a million frames', { seeds: [1, 2], frames: 1_000_000 }, 'ERR_OPTION'],
    ['another mode', { seeds: [1, 2], mode: 'cubic' as never }, 'ERR_OPTION'],
    ['a truncation that is no number', { seeds: [1, 2], truncation: Number.NaN }, 'ERR_OPTION'],
    ['an unknown option', { seeds: [1, 2], speed: 3 } as InterpolateOptions, 'ERR_OPTION'],
    ['latent vectors of another length', { latents: new Float32Array(199) }, 'ERR_SHAPE'],
    ['latent vectors of another kind', { latents: new Float64Array(200) as never }, 'ERR_SHAPE'],
    ['a latent vector that is not finite', { latents: nan }, 'ERR_VALUE'],
    ['labels of a model without classes', { seeds: [1, 2], labels: 3 }, 'ERR_LABELS'],
  ])('refuses %s', async (_, options: InterpolateOptions, code) => {
    expect(() => generator.interpolate(options)).toThrow(expect.objectContaining({ code }));
  });
});
