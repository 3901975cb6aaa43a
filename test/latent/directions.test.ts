import { join } from 'node:path';
import {
  type Direction,
  type DirectionsOptions,
  Generator,
  readDirections,
  writeDirections,
} from '../../lib/index.js';
import { latentsOfSeeds } from '../../lib/latent/given.js';
import { measuresOf } from '../../lib/latent/measures.js';
import { normOf, withNorm } from '../../lib/latent/vectors.js';
import { temporaryDirectory } from '../support/cleanup.js';
import { taken } from './helpers.js';

let generator: Generator;
let found: readonly Direction[];
beforeAll(async () => {
  generator = await Generator.load();
  const options = { measures: ['slant', 'thickness'], samples: 40, seed: 1 };
  found = (await generator.directions(options)).directions;
});
afterAll(() => generator.dispose());

describe('Generator.directions', () => {
  test('have the names of their measures, and length 1', () => {
    expect(found.map(({ name }) => name)).toEqual(['slant', 'thickness']);
    for (const { vector } of found) expect(normOf(vector)).toBeCloseTo(1, 5);
  });

  test('raise their measure all the way for nine latent vectors of ten', () => {
    for (const { report } of found) expect(report!.monotone).toBeGreaterThanOrEqual(0.9);
  });

  test('leave four of five images in their class', () => {
    for (const { report } of found) expect(report!.classStays!).toBeGreaterThanOrEqual(0.8);
  });

  test('move the measure the further, the less the class counts', async () => {
    const [free] = (await generator.directions({ measures: ['slant'], samples: 20, seed: 1, keepClass: 0 }))
      .directions;
    const moved = ({ report }: Direction) => report!.means.at(-1)! - report!.means[0]!;
    expect(moved(free!)).toBeGreaterThan(2 * moved(found[0]!));
    expect(free!.report!.classStays!).toBeLessThan(found[0]!.report!.classStays!);
  });

  test('of a class raises what the classifier takes for it', async () => {
    const [seven] = (await generator.directions({ measures: ['class:7'], samples: 10, seed: 1 })).directions;
    const { means } = seven!.report!;
    expect(means.at(-1)!).toBeGreaterThan(means[0]! + 5);
  });

  test('of the first layer are perpendicular, and say what they move', async () => {
    const { directions } = await generator.directions({ method: 'sefa', count: 2 });
    expect(directions.map(({ name }) => name)).toEqual(['sefa-1', 'sefa-2']);
    const [a, b] = directions.map(({ vector }) => vector) as [Float32Array, Float32Array];
    expect(Math.abs(a.reduce((sum, number, i) => sum + number * b[i]!, 0))).toBeLessThan(1e-5);
    for (const { report } of directions) expect(report!.means.at(-1)!).toBeGreaterThan(report!.means[0]!);
  });

  test('of the package are of its generator, and do what they are for', async () => {
    const { generator: digest, directions } = await readDirections('lib/generation/directions.safetensors');
    expect(digest).toBe(generator.digest);
    for (const { report } of directions) {
      expect(report!.monotone).toBeGreaterThanOrEqual(0.9);
      expect(report!.classStays!).toBeGreaterThanOrEqual(0.8);
    }
  });

  test('survive a file', async () => {
    const path = join(temporaryDirectory(), 'directions.safetensors');
    const directions = { generator: generator.digest, latentSize: 100, directions: found };
    await writeDirections(path, directions);
    expect(await readDirections(path)).toEqual(directions);
  });

  test('end with the reason of a signal', async () => {
    const reason = new Error('enough');
    const controller = new AbortController();
    const finding = generator.directions({
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    });
    await expect(finding).rejects.toBe(reason);
  });

  test.each([
    ['an unknown measure', { measures: ['beauty'] }, 'ERR_OPTION'],
    ['a class that there is none of', { measures: ['class:10'] }, 'ERR_OPTION'],
    ['no measure', { measures: [] }, 'ERR_OPTION'],
    ['no samples', { samples: 0 }, 'ERR_OPTION'],
    ['a share above 1', { keepClass: 1.1 }, 'ERR_OPTION'],
    ['a classifier that is not there', { features: 'absent.safetensors' }, 'ERR_FEATURES'],
  ])('refuses %s', async (_, options: DirectionsOptions, code) => {
    await expect(generator.directions(options)).rejects.toMatchObject({ code });
  });
});

describe('Generator.edit', () => {
  test('draws a frame of all latent vectors for each strength', async () => {
    const frames = await taken(
      generator.edit({ seeds: [1, 2], direction: found[1]!, strengths: [-3, 0, 3] }),
    );
    expect(frames.map(({ shape }) => shape)).toEqual(new Array(3).fill([2, 28, 28, 1]));
    const image = { imageSize: 28, channels: 1 };
    const [thin, , thick] = frames.map(({ data }) => measuresOf(data, 2, image).thickness);
    for (const i of [0, 1]) expect(thick![i]!).toBeGreaterThan(thin![i]!);
  });

  test('with strength 0 is the image of the latent vector', async () => {
    const latents = latentsOfSeeds([1], 100);
    const [frame] = await taken(generator.edit({ latents, direction: found[0]!, strengths: [0] }));
    expect(frame!.data).toEqual((await generator.generate(1, { noise: latents })).data);
  });

  const direction = withNorm(latentsOfSeeds([9], 100), 1);
  test.each([
    ['a direction of another length', { seeds: [1], direction: new Float32Array(99) }, 'ERR_SHAPE'],
    [
      'a direction that is not finite',
      { seeds: [1], direction: direction.map(() => Number.NaN) },
      'ERR_VALUE',
    ],
    ['a direction that is a name', { seeds: [1], direction: 'slant' as never }, 'ERR_OPTION'],
    ['no strength', { seeds: [1], direction, strengths: [] }, 'ERR_OPTION'],
    ['a strength that is no number', { seeds: [1], direction, strengths: [Number.NaN] }, 'ERR_OPTION'],
    ['nothing to edit', { direction }, 'ERR_OPTION'],
    ['latent vectors of another length', { latents: new Float32Array(50), direction }, 'ERR_SHAPE'],
  ])('refuses %s', (_, options, code) => {
    expect(() => generator.edit(options)).toThrow(expect.objectContaining({ code }));
  });
});
