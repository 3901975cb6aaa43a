import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';

import sharp = require('sharp');

import { GanTrainer, type Images, idx, type PictureFolderOptions, pictures } from '../../lib/index.js';
import { findFittingLibtorch } from '../../lib/native/load.js';
import { finished, start } from '../cli/helpers.js';
import { temporaryDirectory, using } from '../support/cleanup.js';
import { compilePackage } from '../support/compile_package.js';

const cache = temporaryDirectory();
const before = { ...process.env };
beforeAll(() => {
  // Libtorch is found where it was, pictures are kept elsewhere.
  Object.assign(process.env, { DCGAN_LIBTORCH: findFittingLibtorch().root, XDG_CACHE_HOME: cache });
});
afterAll(() => {
  process.env = before;
});

type Colour = { r: number; g: number; b: number; alpha?: number };
const red = { r: 255, g: 0, b: 0 };
const green = { r: 0, g: 255, b: 0 };

/** A picture of one colour. */
const plain = (width: number, height: number, background: Colour) =>
  sharp({
    create: { width, height, channels: background.alpha === undefined ? 3 : 4, background },
  });

/** A folder of pictures, by their paths; what is text is written as it is. */
async function folderOf(content: Record<string, sharp.Sharp | string | Uint8Array>): Promise<string> {
  const folder = temporaryDirectory();
  for (const [name, picture] of Object.entries(content)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    if (typeof picture === 'string' || picture instanceof Uint8Array)
      writeFileSync(join(folder, name), picture);
    else await picture.toFile(join(folder, name));
  }
  return folder;
}

const load = (
  folder: string,
  options: PictureFolderOptions = {},
  imageSize = 16,
  channels = 3,
): Promise<Images> => pictures(folder, options).load({ imageSize, channels });

/** A pixel of an image as numbers. */
function pixel({ pixels, channels = 1 }: Images, image: number, row: number, column: number): number[] {
  const at = ((image * 16 + row) * 16 + column) * channels;
  return [...pixels.subarray(at, at + channels)];
}

test('pictures of every kind, also in folders within, become squares in the order of their names', async () => {
  const folder = await folderOf({
    'a.png': plain(40, 20, red),
    'b/c.webp': plain(16, 16, { r: 0, g: 0, b: 255 }).webp({ lossless: true }),
    'b/d.JPG': plain(100, 300, green).jpeg(),
    'z.avif': plain(20, 20, { r: 255, g: 255, b: 255 }).avif(),
    'notes.txt': 'no picture',
  });
  const images = await load(folder);
  expect(images).toMatchObject({ count: 4, channels: 3, notices: [] });
  const middles = [0, 1, 2, 3].map((i) => pixel(images, i, 8, 8));
  for (const [i, wanted] of [
    [255, 0, 0],
    [0, 0, 255],
    [0, 255, 0],
    [255, 255, 255],
  ].entries()) {
    for (const [j, value] of wanted.entries()) expect(Math.abs(middles[i]![j]! - value)).toBeLessThan(4);
  }
});

test('what is not square is cut about the centre, or shown whole on the background', async () => {
  const halves = sharp({ create: { width: 40, height: 20, channels: 3, background: red } }).composite([
    { input: { create: { width: 10, height: 20, channels: 3, background: green } }, left: 0, top: 0 },
  ]);
  const folder = await folderOf({ 'a.png': halves });
  const covered = await load(folder);
  expect(pixel(covered, 0, 8, 8)).toEqual([255, 0, 0]);
  const contained = await load(folder, { fit: 'contain', background: 'white' });
  expect(pixel(contained, 0, 0, 8)).toEqual([255, 255, 255]);
  const [less, most] = pixel(contained, 0, 8, 1);
  expect([less! < 20, most! > 235]).toEqual([true, true]);
});

test('what is transparent stands on the background, and grey is made of colours where one channel is wanted', async () => {
  const folder = await folderOf({ 'a.png': plain(16, 16, { ...red, alpha: 0 }) });
  expect(pixel(await load(folder), 0, 3, 3)).toEqual([0, 0, 0]);
  expect(pixel(await load(folder, { background: '#00ff00' }), 0, 3, 3)).toEqual([0, 255, 0]);
  const grey = await load(folder, { background: 'white' }, 16, 1);
  expect([grey.channels, ...pixel(grey, 0, 3, 3)]).toEqual([1, 255]);
});

test('broken pictures are left out and told, and are an error where they are too many', async () => {
  const whole = await plain(64, 64, red).png().toBuffer();
  const folder = await folderOf({
    'a.png': plain(16, 16, red),
    'b.png': 'no picture',
    'c.png': whole.subarray(0, 60),
    'd.png': plain(16, 16, green),
  });
  const images = await load(folder);
  expect(images.count).toBe(2);
  expect(pixel(images, 1, 8, 8)).toEqual([0, 255, 0]);
  expect(images.notices![0]).toMatch(
    /2 pictures of .* cannot be read and are left out: b\.png \(.*\), c\.png \(/,
  );
  await expect(load(folder, { maxUnreadable: 1 })).rejects.toMatchObject({
    code: 'ERR_DATA_FORMAT',
    message: expect.stringContaining('more than the 1 that are allowed: b.png ('),
  });
});

/** The check sum of a PNG's parts. */
function crc32(bytes: Uint8Array): number {
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}

function part(type: string, data: Uint8Array): Buffer {
  const bytes = Buffer.alloc(12 + data.length);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(type, 4);
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
  return bytes;
}

/** A PNG that says it has so many pixels, of which a row is there. */
function pngOf(width: number, height: number): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8);
  const signature = Buffer.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  const row = deflateSync(Buffer.alloc(3 * width + 1));
  return Buffer.concat([signature, part('IHDR', header), part('IDAT', row), part('IEND', Buffer.alloc(0))]);
}

test('a picture of 30,000×30,000 pixels is not decoded', async () => {
  const folder = await folderOf({ 'a.png': plain(16, 16, red), 'bomb.png': pngOf(30_000, 30_000) });
  const images = await load(folder);
  expect(images.count).toBe(1);
  expect(images.notices![0]).toMatch(/bomb\.png \(.*pixel limit/);
});

test('the folders within are the classes, in the order of their names', async () => {
  const folder = await folderOf({
    'dogs/1.png': plain(16, 16, red),
    'cats/old/2.png': plain(16, 16, green),
    'dogs/3.png': plain(16, 16, red),
  });
  const images = await load(folder, { labels: 'folder' });
  expect(images.classNames).toEqual(['cats', 'dogs']);
  expect([...(await images.labels!())!]).toEqual([0, 1, 1]);
  writeFileSync(join(folder, 'loose.png'), await plain(16, 16, red).png().toBuffer());
  await expect(load(folder, { labels: 'folder' })).rejects.toMatchObject({ code: 'ERR_LABELS' });
});

test('what was decoded once is not decoded again, until a picture changes', async () => {
  const folder = await folderOf({ 'a/a.png': plain(16, 16, red), 'b/b.png': 'no picture' });
  const decoded = async () => {
    let pictures = 0;
    const onProgress = () => pictures++;
    const source = idx(`${folder}?labels=folder`);
    const images = await source.load({ imageSize: 16, onProgress });
    return { pictures, sha256: images.sha256, notices: images.notices, classNames: images.classNames };
  };
  const first = await decoded();
  expect(first.pictures).toBe(2);
  expect(await decoded()).toEqual({ ...first, pictures: 0 });
  await plain(16, 16, green).toFile(join(folder, 'a/a.png'));
  expect((await decoded()).sha256).not.toBe(first.sha256);
  rmSync(join(cache, 'dcgan-native', 'pictures'), { recursive: true });
  expect((await decoded()).pictures).toBe(2);
});

test('a folder trains, goes on by its name, and is too small for a larger batch', async () => {
  const content = Object.fromEntries(
    Array.from({ length: 6 }, (_, i) => [
      `${i % 2 ? 'odd' : 'even'}/${i}.png`,
      plain(20, 20, { r: i * 40, g: 9, b: 0 }),
    ]),
  );
  const data = pictures(await folderOf(content), { labels: 'folder', background: 'white' });
  const outDir = join(temporaryDirectory(), 'run');
  const options = { batchSize: 4, imageSize: 16, features: 16, conditional: true, threads: 1, seed: 1 };
  const trainer = using(new GanTrainer({ ...options, data }));
  const events: string[] = [];
  await trainer.fit({ steps: 1, outDir, onEvent: ({ type }) => events.push(type) });
  expect(events.slice(0, 2)).toEqual(['data', 'data']);
  expect(trainer.options).toMatchObject({ imageSize: 16, channels: 3, classes: 2 });
  const resumed = using(await GanTrainer.resume(outDir));
  expect((await resumed.fit({ steps: 1, outDir })).step).toBe(2);
  const larger = using(new GanTrainer({ ...options, data, batchSize: 8 }));
  await expect(larger.fit({ steps: 1 })).rejects.toMatchObject({ code: 'ERR_DATA_TOO_FEW' });
});

test('what a handler throws while pictures are read is what the training rejects with', async () => {
  const data = pictures(await folderOf({ 'a.png': plain(16, 16, red), 'b.png': plain(16, 16, green) }));
  const fail = async (onEvent: () => unknown) => {
    const trainer = using(new GanTrainer({ batchSize: 2, imageSize: 16, features: 16, threads: 1, data }));
    rmSync(join(cache, 'dcgan-native', 'pictures'), { recursive: true, force: true });
    await trainer.fit({ steps: 1, onEvent });
  };
  const unlucky = new Error('unlucky');
  await expect(
    fail(() => {
      throw unlucky;
    }),
  ).rejects.toBe(unlucky);
  await expect(fail(() => Promise.reject(unlucky))).rejects.toBe(unlucky);
});

test('packed pictures are the same as those of the folder, with their labels', async () => {
  const folder = await folderOf({ 'x/1.png': plain(16, 16, red), 'y/2.png': plain(16, 16, green) });
  const out = join(temporaryDirectory(), 'faces.idx');
  const args = ['pack', folder, '--image-size', '16', '--labels', 'folder', '--out', out];
  const run = () => finished(start(compilePackage(temporaryDirectory()), folder, args));
  const { status, stderr } = await run();
  expect([status, stderr]).toEqual([0, expect.stringContaining('Packed 2 images of 16×16×3 of 2 classes')]);
  const [packed, direct] = [await idx(out).load(), await load(folder, { labels: 'folder' })];
  expect([packed.sha256, packed.channels, packed.classNames]).toEqual([direct.sha256, 3, ['x', 'y']]);
  expect([...(await packed.labels!())!]).toEqual([0, 1]);
  expect((await run()).stderr).toContain('ERR_OUTPUT_EXISTS');
});

test.each([
  ['a folder without pictures', { 'a.txt': 'no picture' }, 'ERR_DATA_NOT_FOUND'],
  ['a folder of broken pictures', { 'a.png': 'no picture' }, 'ERR_DATA_FORMAT'],
])('%s is refused', async (_, content, code) => {
  const refused = load(await folderOf(content));
  await expect(refused).rejects.toMatchObject({ code });
  await expect(refused).rejects.not.toThrow('allowed');
});

test.each([
  [{ fit: 'fill' }, "'fit'"],
  [{ background: '; rm' }, 'must be a colour'],
  [{ labels: 'file' }, "'labels'"],
  [{ maxUnreadable: -1 }, "'maxUnreadable'"],
])('%p is refused before anything is read', (options, said) => {
  expect(() => pictures('nowhere', options as PictureFolderOptions)).toThrow(
    expect.objectContaining({ code: 'ERR_OPTION', message: expect.stringContaining(said) }),
  );
});

test('the binary files of CIFAR-10 are read with their labels and names', async () => {
  const record = (label: number, levels: number[]) =>
    Buffer.concat([Buffer.of(label), ...levels.map((level) => Buffer.alloc(1024, level))]);
  const names = 'airplane automobile bird cat deer dog frog horse ship truck'.split(' ');
  const folder = await folderOf({
    'data_batch_1.bin': Buffer.concat([record(3, [1, 2, 3]), record(9, [4, 5, 6])]),
    'data_batch_2.bin': record(0, [7, 8, 9]),
    'batches.meta.txt': `${names.join('\n')}\n`,
  });
  const images = await idx(folder).load();
  expect(images).toMatchObject({ count: 3, channels: 3, classNames: names });
  expect([...images.pixels.subarray(0, 6)]).toEqual([1, 2, 3, 1, 2, 3]);
  expect([...images.pixels.subarray(-3)]).toEqual([7, 8, 9]);
  expect([...(await images.labels!())!]).toEqual([3, 9, 0]);
  writeFileSync(join(folder, 'data_batch_2.bin'), Buffer.alloc(100));
  await expect(idx(folder).load()).rejects.toMatchObject({ code: 'ERR_DATA_FORMAT' });
});
