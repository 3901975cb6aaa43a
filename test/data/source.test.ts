import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Images } from '../../lib/data/images.js';
import { GanTrainer } from '../../lib/index.js';
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
  ['nothing', undefined, /count of undefined/],
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
