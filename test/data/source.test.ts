import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Images } from '../../lib/data/images.js';
import { DcganError, GanTrainer, type ImageArrays, images } from '../../lib/index.js';
import { temporaryDirectory, using } from '../support/cleanup.js';

const count = 8;
const pixels = Uint8Array.from({ length: count * 784 }, (_, i) => i % 251);
const sha256 = createHash('sha256').update(pixels).digest('hex');
const good: Images = { name: 'mine', count, pixels, sha256 };

const trainerOf = (images: unknown) =>
  using(
    new GanTrainer({
      batchSize: 4,
      seed: 1,
      threads: 1,
      data: { name: 'mine', load: async () => images as Images },
    }),
  );

test.each([
  ['in lower case', sha256],
  ['in upper case', sha256.toUpperCase()],
  ['left out', undefined],
])('a digest %s trains, and the checkpoint can be read again', async (_, digest) => {
  const path = join(temporaryDirectory(), 'a.safetensors');
  const trainer = trainerOf({ ...good, sha256: digest });
  await trainer.fit(1, { steps: 1 });
  await trainer.save(path);
  const again = using(await GanTrainer.load(path, { data: { name: 'mine', load: async () => good } }));
  expect((await again.fit(1, { steps: 1 })).step).toBe(2);
});

const refused: [string, unknown, RegExp][] = [
  ['an empty digest', { ...good, sha256: '' }, /sha256.*64 hexadecimal/],
  ['a short digest', { ...good, sha256: 'ab' }, /sha256.*64 hexadecimal/],
  ['a digest that is no text', { ...good, sha256: 5 }, /sha256.*64 hexadecimal/],
  ['nothing', undefined, /'mine' gave undefined in place of images/],
  ['null', null, /'mine' gave null in place of images/],
  ['no count', { name: 'mine', pixels }, /count of undefined/],
  ['no pixels', { name: 'mine', count }, /no Uint8Array/],
  ['a count that is not whole', { ...good, count: 15.5 }, /count of 15\.5/],
  ['a count that is not that of the pixels', { ...good, count: 9 }, /6272 pixels for 9 images/],
  ['pixels of another type', { ...good, pixels: new Float32Array(count * 784) }, /no Uint8Array/],
  ['a name that fills a header', { ...good, name: 'x'.repeat(1e6) }, /name/],
];
test.each(refused)('%s is refused before the first step', async (_, images, said) => {
  const trainer = trainerOf(images);
  await expect(trainer.fit(1)).rejects.toMatchObject({
    code: 'ERR_DATA_FORMAT',
    message: expect.stringMatching(said),
  });
  expect(trainer.step).toBe(0);
});

const failure = async (load: () => Promise<Images>) =>
  using(new GanTrainer({ batchSize: 4, seed: 1, threads: 1, data: { name: 'mine', load } }))
    .fit(1)
    .catch((error: unknown) => error);

test.each([
  ['an error', new Error('the disk is away.'), /'mine' could not be loaded: the disk is away\./],
  ['a text', 'gone', /'mine' could not be loaded: gone\./],
])('a load that throws %s is an error that names the source', async (_, thrown, said) => {
  const found = await failure(() => Promise.reject(thrown));
  expect(found).toMatchObject({
    code: 'ERR_DATA_NOT_FOUND',
    message: expect.stringMatching(said),
    cause: thrown,
  });
  expect(
    await failure(() => {
      throw thrown;
    }),
  ).toMatchObject({ code: 'ERR_DATA_NOT_FOUND', cause: thrown });
});

test('an error of this package that a load throws is passed on', async () => {
  const mine = new DcganError('ERR_DATA_SHAPE', 'They are 27×27.');
  expect(await failure(() => Promise.reject(mine))).toBe(mine);
});

describe('images in memory', () => {
  test('have a name, a count and a digest of their own, and are a copy', async () => {
    const array = pixels.slice();
    const source = images({ pixels: array });
    array.fill(0);
    expect(await source.load()).toEqual({ name: 'images', count, pixels, sha256 });
    expect(await images({ name: 'ours', pixels, count, sha256: 'ab'.repeat(32) }).load()).toEqual({
      name: 'ours',
      count,
      pixels,
      sha256: 'ab'.repeat(32),
    });
  });

  test('train, and the checkpoint goes on with the same', async () => {
    const path = join(temporaryDirectory(), 'a.safetensors');
    const trainer = using(new GanTrainer({ batchSize: 4, seed: 1, threads: 1, data: images({ pixels }) }));
    await trainer.fit(1, { steps: 1 });
    await trainer.save(path);
    const again = using(await GanTrainer.load(path, { data: images({ pixels }) }));
    expect((await again.fit(1, { steps: 1 })).step).toBe(2);
    const other = images({ pixels: pixels.map((pixel) => pixel ^ 1) });
    const refused = using(await GanTrainer.load(path, { data: other }));
    await expect(refused.fit(1)).rejects.toMatchObject({ code: 'ERR_DATA_MISMATCH' });
  });

  test.each([
    [{ pixels: new Float32Array(784) }, 'ERR_SHAPE', 'not Float32Array'],
    [{ pixels: new Uint8Array(783) }, 'ERR_SHAPE', 'not 783 numbers'],
    [{ pixels: new Uint8Array(0) }, 'ERR_SHAPE', 'not 0 numbers'],
    [{ pixels: undefined }, 'ERR_SHAPE', 'not Undefined'],
    [{ pixels, count: 9 }, 'ERR_SHAPE', '9 × 28 × 28'],
    [{ pixels, count: 15.5 }, 'ERR_OPTION', 'whole number, not 15.5'],
    [{ pixels, sha256: 'ab' }, 'ERR_OPTION', '64 hexadecimal digits'],
    [{ pixels, name: 5 }, 'ERR_OPTION', "'name'"],
    [{ pixels, label: pixels }, 'ERR_OPTION', "no option 'label'"],
    [{ pixels, labels: [1, 2] }, 'ERR_LABELS', '2 for 8 images'],
    [{ pixels, imageSize: 30 }, 'ERR_OPTION', 'no networks'],
    [{ pixels, channels: 3 }, 'ERR_SHAPE', 'n × 28 × 28 × 3'],
    [undefined, 'ERR_OPTION', ''],
  ])('given as %p are refused with %s', (given, code, said) => {
    expect(() => images(given as ImageArrays)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(said) }),
    );
  });
});
