import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { readIdx } from '../../lib/data/idx.js';
import { type ImageSource, idx, mnist } from '../../lib/data/images.js';
import { GanTrainer } from '../../lib/index.js';
import { seededRandom } from '../checkpoint/helpers.js';
import { temporaryDirectory, using } from '../support/cleanup.js';

/** An IDX file of these sizes whose bytes count upwards. */
function idxBytes(...sizes: readonly number[]): Buffer {
  const header = Buffer.from([
    0,
    0,
    8,
    sizes.length,
    ...sizes.flatMap((size) => [0, 0, size >> 8, size & 255]),
  ]);
  const length = sizes.reduce((a, b) => a * b, 1);
  return Buffer.concat([header, Uint8Array.from({ length }, (_, i) => i % 251)]);
}

/** Writes files into a directory of the test's own. */
function directoryOf(files: Record<string, Uint8Array>): string {
  const directory = temporaryDirectory();
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
  return directory;
}

const images = 'train-images-idx3-ubyte';
const labels = 'train-labels-idx1-ubyte';
const three = idxBytes(3, 28, 28);
const labelsOf = async (source: ImageSource) => (await source.load()).labels?.();

test('the fingerprint of MNIST stays what checkpoints have recorded', async () => {
  const { sha256 } = await mnist().load();
  expect(sha256).toBe('741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757');
});

test('the event loop turns many times while MNIST is loaded', async () => {
  let loading = true;
  const load = mnist()
    .load()
    .finally(() => {
      loading = false;
    });
  let turns = 0;
  for (; loading; turns++) await setImmediate();
  await load;
  expect(turns).toBeGreaterThan(50);
});

test.each([
  ['fewer than there are images', idxBytes(2)],
  ['cut short', idxBytes(3).subarray(0, 9)],
  ['images', three],
])(
  'labels that are %s do not stand in the way of the images, and are refused when they are asked for',
  async (_, content) => {
    const directory = directoryOf({ [images]: three, [labels]: content });
    const loaded = await idx(directory).load();
    expect(loaded.count).toBe(3);
    await expect(loaded.labels?.()).rejects.toMatchObject({ code: 'ERR_DATA_FORMAT' });
  },
);

test('damaged labels do not stop a training', async () => {
  const data = directoryOf({ [images]: three, [labels]: Buffer.from('damaged') });
  const trainer = using(new GanTrainer({ data, batchSize: 2, device: 'cpu' }));
  expect((await trainer.fit(1)).step).toBe(1);
});

test('labels are found beside the images in a directory that is itself named like a file of images', async () => {
  const directory = join(temporaryDirectory(), 'train-images-idx3-ubyte');
  mkdirSync(directory);
  writeFileSync(join(directory, images), three);
  writeFileSync(join(directory, labels), idxBytes(3));
  expect(await labelsOf(idx(directory))).toEqual(Uint8Array.of(0, 1, 2));
});

test.each([
  ['text', Buffer.from('garbage')],
  ['one zero', Buffer.alloc(1)],
  ['zeros for more than one read', Buffer.alloc(200_000)],
  ['another gzip file', gzipSync(three)],
])('a gzip file with %s after it is refused', async (_, rest) => {
  const directory = directoryOf({ [`${images}.gz`]: Buffer.concat([gzipSync(three), rest]) });
  await expect(idx(directory).load()).rejects.toMatchObject({ code: 'ERR_DATA_FORMAT' });
});

test('a gzip file in several members is one file', async () => {
  const parts = [three.subarray(0, 10), three.subarray(10, 1000), three.subarray(1000)].map((part) =>
    gzipSync(part),
  );
  const directory = directoryOf({ [`${images}.gz`]: Buffer.concat(parts) });
  const { pixels } = await idx(directory).load();
  expect(Buffer.compare(pixels, three.subarray(16))).toBe(0);
});

test('the message names the size that was found and the one that is wanted', async () => {
  const directory = directoryOf({ [images]: idxBytes(3, 27, 28) });
  await expect(idx(directory).load()).rejects.toThrow(/27×28.*28×28/);
});

test('a directory without images is told which names were looked for', async () => {
  await expect(idx(temporaryDirectory()).load()).rejects.toThrow(/train-images-idx3-ubyte.*idx3-ubyte\.gz/);
});

test('what is changed inside a gzip file is a code or exactly its bytes, within 100 MB at every moment', async () => {
  const random = seededRandom(3);
  const below = (limit: number) => Math.floor(random() * limit);
  const path = join(temporaryDirectory(), 'mutant');
  const before = process.memoryUsage();
  let [resident, buffers, readable] = [0, 0, 0];
  for (let i = 0; i < 2000; i++) {
    const mutant = Buffer.from(three);
    for (let n = below(3); n >= 0; n--) mutant[below(i % 2 ? 16 : mutant.length)] = below(256);
    const kept = i % 7 === 0 ? mutant.subarray(0, below(mutant.length)) : mutant;
    writeFileSync(path, i % 3 === 0 ? kept : gzipSync(kept));
    const outcome = await readIdx(path, [3]).then(
      ({ data }) => Buffer.compare(data, kept.subarray(16)),
      (error) => error.code,
    );
    expect([0, 'ERR_DATA_FORMAT']).toContain(outcome);
    if (outcome === 0) readable++;
    const now = process.memoryUsage();
    resident = Math.max(resident, now.rss - before.rss);
    buffers = Math.max(buffers, now.arrayBuffers - before.arrayBuffers);
  }
  expect(readable).toBeGreaterThan(100);
  expect(Math.max(resident, buffers)).toBeLessThan(100e6);
});
