import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from '../../lib/cli/main.js';
import { filmRun, GanTrainer } from '../../lib/index.js';
import { temporaryDirectory, using } from '../support/cleanup.js';
import { smallMnist } from '../support/small_mnist.js';
import { stderrKept } from '../support/stderr.js';
import { plain, runOf } from './helpers.js';

import sharp = require('sharp');

/** The pixels of one frame, each with its red, green and blue. */
async function frameOf(film: Buffer, page: number) {
  const { data, info } = await sharp(film, { page })
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const at = (x: number, y: number) => [
    ...data.subarray(3 * (y * info.width + x), 3 * (y * info.width + x) + 3),
  ];
  return { at, data, ...info };
}

const stepRow = (step: number) => ({ type: 'step', step, steps: 10 });

describe('filmRun', () => {
  test('shows the pictures of a training, as they are and in the order of its steps', async () => {
    const run = join(temporaryDirectory(), 'run');
    const trainer = using(
      new GanTrainer({ batchSize: 8, features: 16, seed: 3, threads: 1, data: smallMnist(48) }),
    );
    // 6 steps an epoch: pictures early, of every fourth step, and of the epochs.
    await trainer.fit(2, { outDir: run, sampleEverySteps: 4, logEvery: 2 });
    const names = ['step-00000001', 'step-00000004', 'epoch-0001', 'step-00000008', 'epoch-0002'];
    expect(readdirSync(join(run, 'samples')).sort()).toEqual(names.map((name) => `${name}.png`).sort());
    const film = await filmRun(run, { fps: 5 });
    expect(await sharp(film, { animated: true }).metadata()).toMatchObject({
      ...{ format: 'webp', width: 230, pageHeight: 230, pages: 5 },
      delay: [200, 200, 200, 200, 1000],
    });
    for (const [i, name] of names.entries()) {
      const picture = await sharp(join(run, 'samples', `${name}.png`))
        .toColourspace('srgb')
        .raw()
        .toBuffer();
      expect((await frameOf(film, i)).data.equals(picture)).toBe(true);
    }
  });

  test('enlarges pictures that are smaller than others by whole pixels, with black around them', async () => {
    const run = await runOf({ 'step-00000001.png': plain(5, 4, 200), 'step-00000002.png': plain(12, 9, 90) });
    const film = await filmRun(run);
    expect(await sharp(film, { animated: true }).metadata()).toMatchObject({
      width: 12,
      pageHeight: 9,
      pages: 2,
    });
    const { at } = await frameOf(film, 0);
    const grey = [200, 200, 200];
    expect([at(1, 0), at(10, 7)]).toEqual([grey, grey]);
    expect([at(0, 0), at(11, 0), at(1, 8)]).toEqual(Array(3).fill([0, 0, 0]));
  });

  test('enlarges everything by a scale', async () => {
    const pixels = Uint8Array.from([0, 255, 90, 200]);
    const picture = { pixels, width: 2, height: 2, channels: 1 } as const;
    const film = await filmRun(await runOf({ 'step-00000001.png': picture }), { scale: 3, format: 'apng' });
    const { at, width, height } = await frameOf(film, 0);
    expect([width, height]).toEqual([6, 6]);
    expect([at(2, 2), at(3, 2), at(2, 3), at(3, 3)].map(([level]) => level)).toEqual([...pixels]);
  });

  test('has colours where one of the pictures has', async () => {
    const run = await runOf({
      'step-00000001.png': plain(8, 8, 50),
      'step-00000002.png': plain(8, 8, 9, 99, 199),
    });
    const film = await filmRun(run);
    expect((await frameOf(film, 0)).at(3, 3)).toEqual([50, 50, 50]);
    expect((await frameOf(film, 1)).at(3, 3)).toEqual([9, 99, 199]);
  });

  test('says below the pictures what they are of, with an FID once there is one', async () => {
    const evaluation = { type: 'evaluation', step: 20, figures: { fid: { value: 12.345 } } };
    const pictures = { 'step-00000010.png': plain(230, 100, 77), 'step-00000030.png': plain(230, 100, 77) };
    const run = await runOf(pictures, [stepRow(10), stepRow(20), evaluation, stepRow(30)]);
    const film = await filmRun(run, { caption: true, format: 'apng', hold: 0 });
    const webp = await filmRun(run, { caption: true, hold: 0 });
    expect(await sharp(film, { animated: true }).metadata()).toMatchObject({ width: 230, height: 125 });
    const light = async (page: number, left: number) => {
      const { data, info } = await sharp(webp, { page })
        .extract({ left, top: 100, width: 115, height: 25 })
        .extractChannel(0)
        .raw()
        .toBuffer({ resolveWithObject: true });
      expect(info.channels).toBe(1);
      return data.filter((level) => level > 128).length;
    };
    // Letters are neither nothing nor everything.
    for (const [page, left] of [
      [0, 0],
      [1, 0],
      [1, 115],
    ] as const) {
      expect(await light(page, left)).toBeGreaterThan(40);
      expect(await light(page, left)).toBeLessThan(500);
    }
    expect(await light(0, 115)).toBe(0);
    expect((await frameOf(webp, 0)).at(229, 99)).toEqual([77, 77, 77]);
  });

  test('has room for its words below pictures of any width', async () => {
    const run = await runOf({ 'step-00012345.png': plain(28, 28, 77) });
    const { at, height } = await frameOf(await filmRun(run, { caption: true }), 0);
    const strip = Array.from({ length: height - 28 }, (_, y) => [at(0, 28 + y), at(27, 28 + y)]).flat();
    expect(strip.every(([level]) => level! < 128)).toBe(true);
  });

  test('says what is no run, what has no pictures, and which of them cannot be read', async () => {
    await expect(filmRun(join(temporaryDirectory(), 'none'))).rejects.toMatchObject({
      code: 'ERR_CHECKPOINT_NOT_FOUND',
    });
    await expect(filmRun(await runOf({}))).rejects.toMatchObject({
      code: 'ERR_VALUE',
      message: expect.stringContaining('has no sample pictures yet'),
    });
    const run = await runOf({ 'step-00000001.png': plain(8, 8, 50) });
    const damaged = join(run, 'samples', 'step-00000002.png');
    writeFileSync(damaged, readFileSync(join(run, 'samples', 'step-00000001.png')).subarray(0, 20));
    await expect(filmRun(run)).rejects.toMatchObject({ code: 'ERR_CHECKPOINT_READ', value: damaged });
  });

  test.each([
    ['fps', 0],
    ['fps', 1e9],
    ['fps', Number.NaN],
    ['hold', -1],
    ['hold', 1e9],
    ['scale', 1.5],
    ['format', 'avi'],
    ['caption', 'yes'],
    ['speed', 2],
  ])('refuses the option %s of %p', async (name, value) => {
    const run = await runOf({ 'step-00000001.png': plain(8, 8, 50) });
    await expect(filmRun(run, { [name]: value })).rejects.toMatchObject({
      code: 'ERR_OPTION',
      message: expect.stringContaining(`'${name}'`),
    });
  });
});

describe('dcgan-native film', () => {
  const said = stderrKept();

  const small = () => runOf({ 'step-00000001.png': plain(8, 8, 50), 'step-00000002.png': plain(8, 8, 90) });

  test.each([
    ['film.webp', 'RIFF'],
    ['film.gif', 'GIF89a'],
    ['film.apng', '\x89PNG'],
    ['film.PNG', '\x89PNG'],
    ['film.webm', '\x1a\x45\xdf\xa3'],
  ])('writes %s, by its name', async (name, begin) => {
    const run = await small();
    const out = join(run, name);
    expect(
      await main(['film', run, '--out', out, '--fps', '5', '--hold', '2', '--caption', '--scale', '2']),
    ).toBe(0);
    expect(said.text).toContain(`Filmed ${run}: ${out}\n`);
    expect(readFileSync(out, 'latin1').slice(0, begin.length)).toBe(begin);
  });

  test('replaces nothing without --force', async () => {
    const run = await small();
    const out = join(run, 'film.webp');
    writeFileSync(out, 'mine');
    expect(await main(['film', run, '--out', out])).toBe(1);
    expect(said.text).toMatch(/^error: ERR_OUTPUT_EXISTS: /);
    expect(readFileSync(out, 'utf8')).toBe('mine');
    said.text = '';
    expect(await main(['film', run, '--out', out, '--force', '--quiet'])).toBe(0);
    expect(said.text).toBe('');
    expect((await sharp(out).metadata()).pages).toBe(2);
  });

  test.each([
    ['where there is no run', ['none'], 'film.webp', 1, 'ERR_CHECKPOINT_NOT_FOUND'],
    ['where there are no pictures', ['begun'], 'film.webp', 1, 'ERR_VALUE'],
    ['another kind of file', ['begun'], 'film.avi', 1, 'ERR_OPTION'],
    ['no picture in all time', ['begun', '--fps', '0'], 'film.webp', 1, 'ERR_OPTION'],
    ['more pictures than anybody sees', ['begun', '--fps', '1e9'], 'film.webp', 1, 'ERR_OPTION'],
    ['no run at all', [], 'film.webp', 2, 'ERR_USAGE'],
  ])('refuses %s', async (_, [name, ...flags], out, status, code) => {
    const root = temporaryDirectory();
    mkdirSync(join(root, 'begun'));
    writeFileSync(join(root, 'begun', 'config.json'), '{}');
    const run = name === undefined ? [] : [join(root, name)];
    expect(await main(['film', ...run, ...flags, '--out', join(root, out)])).toBe(status);
    expect(said.text).toContain(`error: ${code}: `);
    expect(readdirSync(root)).toEqual(['begun']);
  });
});
