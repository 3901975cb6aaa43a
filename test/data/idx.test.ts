import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { readIdx } from '../../lib/data/idx.js';
import { idx, imageSource, mnist } from '../../lib/data/images.js';
import { temporaryDirectory } from '../support/cleanup.js';

/** An IDX file of `sizes` whose bytes count upwards. */
function idxBytes(sizes: readonly number[], bytes = sizes.reduce((a, b) => a * b, 1)): Buffer {
  const header = Buffer.alloc(4 + 4 * sizes.length);
  header.writeUInt32BE(0x800 + sizes.length);
  for (const [i, size] of sizes.entries()) header.writeUInt32BE(size, 4 + 4 * i);
  return Buffer.concat([header, Buffer.from(Array.from({ length: bytes }, (_, i) => i % 251))]);
}

/** Writes a file of that content into a directory of the test's own. */
function file(content: Uint8Array, name = 'train-images-idx3-ubyte'): string {
  const path = join(temporaryDirectory(), name);
  writeFileSync(path, content);
  return path;
}

const three = idxBytes([3, 28, 28]);

describe('MNIST', () => {
  it('has 60,000 training images with their labels', async () => {
    const { count, pixels, labels, sha256 } = await mnist().load();
    expect([count, pixels.length, (await labels?.())?.length]).toEqual([60_000, 60_000 * 784, 60_000]);
    expect(pixels.reduce((sum, pixel) => sum + pixel, 0)).toBe(1_567_298_545);
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('has 10,000 test images', async () => {
    expect((await mnist({ split: 'test' }).load()).count).toBe(10_000);
  });

  it('is what no data and the name mnist stand for', () => {
    expect([imageSource(undefined).name, imageSource('mnist').name]).toEqual(['mnist', 'mnist']);
  });
});

describe('an IDX file', () => {
  it('is the same plain and gzipped', async () => {
    const plain = await idx(file(three)).load();
    const packed = await idx(file(gzipSync(three), 'images.gz')).load();
    expect(Buffer.compare(plain.pixels, packed.pixels)).toBe(0);
    expect(packed.sha256).toBe(plain.sha256);
    expect(Buffer.compare(plain.pixels, three.subarray(16))).toBe(0);
  });

  it.each([
    'train-images-idx3-ubyte',
    'train-images.idx3-ubyte',
    'train-images-idx3-ubyte.gz',
    'train-images.idx3-ubyte.gz',
  ])('is found in a directory as %s, with the labels beside it', async (name) => {
    const directory = temporaryDirectory();
    const packed = name.endsWith('.gz');
    writeFileSync(join(directory, name), packed ? gzipSync(three) : three);
    const load = async () => (await idx(directory).load()).labels?.();
    expect(await load()).toBeNull();
    const labels = name.replace('images', 'labels').replace('idx3', 'idx1');
    writeFileSync(join(directory, labels), packed ? gzipSync(idxBytes([3])) : idxBytes([3]));
    expect(await load()).toEqual(new Uint8Array([0, 1, 2]));
  });
});

describe('what cannot be read', () => {
  const big = Buffer.from(three);
  big.writeUInt32BE(2 ** 32 - 1, 4);
  it.each<[string, Uint8Array, string]>([
    ['an empty file', Buffer.alloc(0), 'ERR_DATA_FORMAT'],
    ['a file cut short', three.subarray(0, 2000), 'ERR_DATA_FORMAT'],
    ['a file cut within its header', three.subarray(0, 10), 'ERR_DATA_FORMAT'],
    ['a file with bytes to spare', Buffer.concat([three, three]), 'ERR_DATA_FORMAT'],
    ['garbage', Buffer.from('<html>not found</html>'), 'ERR_DATA_FORMAT'],
    ['labels in place of images', idxBytes([3]), 'ERR_DATA_FORMAT'],
    ['a count of 2³² − 1', big, 'ERR_DATA_FORMAT'],
    ['images of 27×28', idxBytes([3, 27, 28]), 'ERR_DATA_SHAPE'],
    ['no images', idxBytes([0, 28, 28]), 'ERR_DATA_SHAPE'],
    ['a gzip file cut short', gzipSync(three).subarray(0, 300), 'ERR_DATA_FORMAT'],
    ['a gzip file of something else', gzipSync(Buffer.from('hello, world')), 'ERR_DATA_FORMAT'],
    ['a gzip file of nothing', gzipSync(Buffer.alloc(0)), 'ERR_DATA_FORMAT'],
  ])('is refused with its code: %s', async (_, content, code) => {
    await expect(idx(file(content)).load()).rejects.toMatchObject({ name: 'DcganError', code });
  });

  it('says that labels are labels', async () => {
    await expect(idx(file(idxBytes([3]))).load()).rejects.toThrow('holds labels');
  });

  it('is refused when it is not there, or a directory of other things', async () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, 'train-images-idx3-ubyte'));
    for (const path of [join(directory, 'nothing'), temporaryDirectory(), directory, '/dev/zero']) {
      await expect(idx(path).load()).rejects.toMatchObject({ code: 'ERR_DATA_NOT_FOUND' });
    }
  });

  it('is refused at once when it is a pipe that nobody writes to', async () => {
    const path = join(temporaryDirectory(), 'pipe');
    execFileSync('mkfifo', [path]);
    await expect(idx(path).load()).rejects.toMatchObject({ code: 'ERR_DATA_NOT_FOUND' });
  });

  it('is refused without being unpacked when it promises little and holds a gigabyte', async () => {
    const zeros = gzipSync(Buffer.alloc(2 ** 26));
    const bomb = Buffer.concat([gzipSync(three), ...Array.from({ length: 16 }, () => zeros)]);
    const before = process.memoryUsage().rss;
    await expect(idx(file(bomb)).load()).rejects.toMatchObject({ code: 'ERR_DATA_FORMAT' });
    expect(process.memoryUsage().rss - before).toBeLessThan(100e6);
  });

  it('is refused without memory when it promises gigabytes and holds nothing', async () => {
    const promise = idxBytes([2 ** 23, 28, 28], 100);
    const before = process.memoryUsage().rss;
    for (const content of [promise, gzipSync(promise)]) {
      await expect(idx(file(content)).load()).rejects.toMatchObject({ code: 'ERR_DATA_FORMAT' });
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(100e6);
  });

  it('is a code or a right answer after any of 2,000 random changes, and costs little memory', async () => {
    let state = 20_240_601;
    const random = (below: number) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const directory = temporaryDirectory();
    const path = join(directory, 'mutant');
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 2000; i++) {
      const original = i % 2 === 0 ? three : gzipSync(three);
      let mutant = Buffer.from(original);
      const at = random(i % 3 === 0 ? 20 : mutant.length);
      if (i % 5 === 0) mutant = mutant.subarray(0, at);
      else if (i % 5 === 1)
        mutant = Buffer.concat([mutant.subarray(0, at), Buffer.from([random(256)]), mutant.subarray(at)]);
      else for (let n = random(4); n >= 0; n--) mutant[Math.min(at + n, mutant.length - 1)] = random(256);
      writeFileSync(path, mutant);
      const outcome = await readIdx(path, [3]).then(
        ({ shape, data }) => (data.length === shape.reduce((a, b) => a * b, 1) ? 'right' : 'wrong'),
        (error) => (/^ERR_DATA_/.test(error.code) ? 'right' : String(error)),
      );
      expect(outcome).toBe('right');
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(100e6);
  });
});
