import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GanTrainer, Generator } from '../../lib/index.js';
import { resolveCheckpoint } from '../../lib/run/run.js';
import { temporaryDirectory, using } from '../support/cleanup.js';

import sharp = require('sharp');

/** A generator of a model that took no step. */
async function fresh(): Promise<Generator> {
  const path = join(temporaryDirectory(), 'fresh.safetensors');
  await using(new GanTrainer({ seed: 1, batchSize: 8, device: 'cpu' })).save(path);
  return using(await Generator.load(path, { device: 'cpu' }));
}

const digest = (data: Float32Array | Uint8Array): string => createHash('sha256').update(data).digest('hex');

describe('Generator', () => {
  test('draws the same images alone as among others', async () => {
    const generator = await fresh();
    const seeds = [1, 2, 3, 4, 5, 6];
    const alone: string[] = [];
    for (const seed of seeds) alone.push(digest((await generator.generate(seed, { seed })).data));
    const together = await Promise.all(seeds.map((seed) => generator.generate(seed, { seed })));
    expect(together.map(({ data }) => digest(data))).toEqual(alone);
  });

  test('computes as its options say, whatever the model was trained with', async () => {
    const path = join(temporaryDirectory(), 'fresh.safetensors');
    await using(new GanTrainer({ seed: 1, batchSize: 8, device: 'cpu', threads: 2 })).save(path);
    const here = { device: 'cpu', threads: 1, tf32: true, memoryFormat: 'contiguous' } as const;
    const generator = using(await Generator.load(path, here));
    expect(generator.options).toMatchObject(here);
    expect((await generator.generate(2)).shape).toEqual([2, 28, 28, 1]);
  });

  test('is loaded from a checkpoint that was read, as from its file', async () => {
    const path = join(temporaryDirectory(), 'fresh.safetensors');
    await using(new GanTrainer({ seed: 1, batchSize: 8, device: 'cpu' })).save(path);
    const loaded = await resolveCheckpoint(path);
    const drawn = [];
    for (const checkpoint of [path, loaded]) {
      const generator = using(await Generator.load(checkpoint, { device: 'cpu' }));
      drawn.push(digest((await generator.generate(2)).data));
    }
    expect(drawn[1]).toBe(drawn[0]);
  });

  test('draws what was asked for before it is disposed of, and nothing after', async () => {
    const generator = await fresh();
    const waiting = [1, 2, 3].map((count) => generator.generate(count));
    generator.dispose();
    await expect(generator.generate(1)).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
    expect((await Promise.all(waiting)).map(({ shape }) => shape[0])).toEqual([1, 2, 3]);
    await expect(generator.generate(1)).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
  });

  test('is loaded from a file, its bytes or a stream of them alike', async () => {
    const path = join(temporaryDirectory(), 'fresh.safetensors');
    await using(new GanTrainer({ seed: 1, batchSize: 8, device: 'cpu' })).save(path);
    const inputs = [path, readFileSync(path), createReadStream(path)];
    const drawn = [];
    for (const input of inputs) {
      drawn.push(digest((await using(await Generator.load(input)).generate(2, { seed: 3 })).data));
    }
    expect(new Set(drawn).size).toBe(1);
  });

  test('draws a picture that holds the images', async () => {
    const generator = await fresh();
    const { data } = await generator.generate(3, { seed: 5 });
    const png = await generator.png(3, { seed: 5, columns: 3, gap: 1 });
    const { data: pixels, info } = await sharp(png)
      .toColourspace('b-w')
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width: 3 * 28 + 2, height: 28, channels: 1 });
    const corners = [0, 1, 2].map((i) => pixels[i * 29]!);
    const wanted = [0, 1, 2].map((i) => Math.round((data[i * 784]! + 1) * 127.5));
    expect(corners).toEqual(wanted);
  });

  test.each([
    [0, {}],
    [1.5, {}],
    [4, { columns: 0 }],
    [4, { scale: 1.5 }],
    [4, { seed: -1 }],
  ])('refuses a picture of %p images with %p', async (count, options) => {
    const generator = await fresh();
    await expect(generator.png(count, options)).rejects.toMatchObject({ code: 'ERR_OPTION' });
  });
});
