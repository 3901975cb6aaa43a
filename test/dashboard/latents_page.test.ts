import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { createDashboard, type Dashboard, GanTrainer, Generator, readLatents } from '../../lib/index.js';
import { temporaryDirectory } from '../cli/helpers.js';
import { inChromium, launchChromium } from '../support/chromium.js';
import { smallMnist } from '../support/small_mnist.js';
import { accessibility, openWatched, phone, wide } from './watched_page.js';

import sharp = require('sharp');

const size = 28 * 28;
const folder = temporaryDirectory();
const run = join(folder, '0001');

inChromium('The tab of latents is')('the tab of latents', () => {
  let browser: Browser;
  let page: Page;
  let dashboard: Dashboard;
  let url: string;
  let generator: Generator;
  /** A picture that the generator draws, in grey levels, and as a file. */
  let levels: Buffer;
  let picture: { readonly name: string; readonly mimeType: string; readonly buffer: Buffer };
  const misdeeds = { complaints: [] as string[], elsewhere: [] as string[] };

  beforeAll(async () => {
    const shape = { batchSize: 4, features: 16, latentSize: 20, threads: 1 };
    const trainer = new GanTrainer({ ...shape, seed: 3, data: smallMnist(24) });
    await trainer.fit(2, { outDir: run, logEvery: 1 });
    trainer.dispose();
    generator = await Generator.load(run, { device: 'cpu', threads: 1 });
    const { data } = await generator.generate(1, { seed: 7 });
    levels = Buffer.from(Uint8ClampedArray.from(data, (value) => (value + 1) * 127.5));
    const buffer = await sharp(levels, { raw: { width: 28, height: 28, channels: 1 } })
      .png()
      .toBuffer();
    picture = { name: 'seven.png', mimeType: 'image/png', buffer };
    dashboard = await createDashboard(folder);
    url = await dashboard.listen();
    browser = await launchChromium();
    page = await openLatents();
  });

  afterEach(() => {
    expect(misdeeds.complaints.splice(0)).toEqual([]);
    expect(misdeeds.elsewhere.splice(0)).toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
    await dashboard?.close();
    generator?.dispose();
  });

  async function openLatents(...how: [typeof wide?, ('light' | 'dark')?]): Promise<Page> {
    const opened = await openWatched(browser, url, misdeeds, ...how);
    await opened.click('#latents-tab');
    await opened.waitForSelector('.way-box .film');
    return opened;
  }

  /** The grey levels of a canvas, by way of another one: Chromium complains of canvases that are read. */
  function canvas(selector: string, index = 0): Promise<number[]> {
    return page.evaluate(`(() => {
      const canvas = document.querySelectorAll(${JSON.stringify(selector)})[${index}];
      const context = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true });
      context.drawImage(canvas, 0, 0);
      const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
      return Array.from({ length: data.length / 4 }, (_, i) => data[4 * i]);
    })()`);
  }

  /** Waits until something is so. */
  async function until(isSo: () => Promise<boolean>): Promise<void> {
    const end = performance.now() + 30_000;
    while (!(await isSo())) {
      if (performance.now() > end) throw new Error('It has not come to pass.');
      await setTimeout(30);
    }
  }

  /** What a button has the browser keep. */
  async function saved(button: string): Promise<{ readonly name: string; readonly path: string }> {
    const [download] = await Promise.all([page.waitForEvent('download'), page.click(button)]);
    return { name: download.suggestedFilename(), path: (await download.path())! };
  }

  const drawn = () => canvas('.current canvas');
  const inputs = '.repair-box';

  test('is opened by keys, and stays open over a reload', async () => {
    await page.focus('#latents-tab');
    await page.keyboard.press('ArrowLeft');
    await until(() => page.isVisible('#training'));
    await page.keyboard.press('ArrowRight');
    await until(() => page.isVisible('#latents'));
    expect(await page.isVisible('#player')).toBe(false);
    await setTimeout(500);
    await page.reload();
    await page.waitForSelector('.way-box .film');
  });

  test('moves a latent along directions, and saves its image and itself', async () => {
    await page.fill('.current input[type=number]', '7');
    await page.click('text=Go there >> visible=true');
    await until(async () => (await drawn()).join() === [...levels].join());
    await page.getByLabel('sefa-1').fill('3');
    await until(async () => (await drawn()).join() !== [...levels].join());
    const latents = await saved('text=Save latent');
    expect(latents.name).toBe('seed-7-sefa-1-3-00.safetensors');
    const read = await readLatents(latents.path);
    const { data } = await generator.generate(1, { noise: read.latents });
    const expected = [...Uint8ClampedArray.from(data, (value) => (value + 1) * 127.5)];
    await until(async () => (await drawn()).join() === expected.join());
    const png = await saved('.current >> text=Save PNG');
    expect([...(await sharp(png.path).greyscale().raw().toBuffer())]).toEqual(expected);
    await page.click('text=All to 0');
    await until(async () => (await drawn()).join() === [...levels].join());
  });

  test('goes between what is kept, plays, and saves it', async () => {
    expect(await page.locator('.kept li').count()).toBe(4);
    await page.click('text=Keep it');
    await until(async () => (await page.locator('.kept li').count()) === 5);
    for (let i = 0; i < 3; i++) await page.click('.kept li:first-child .quiet');
    await page.selectOption('.way-box select >> nth=0', '30');
    await until(async () => (await page.getAttribute('.film input', 'max')) === '29');
    await page.fill('.film input', '15');
    // Half of the way around from the first of two is the second.
    await until(async () => (await canvas('.film canvas')).join() === [...levels].join());
    await page.click('.film >> text=Play');
    await until(async () => (await page.inputValue('.film input')) === '18');
    await page.click('.film >> text=Pause');
    const film = await saved('text=Save WebP');
    expect(await sharp(film.path, { pages: -1 }).metadata()).toMatchObject({
      format: 'webp',
      pages: 30,
      width: 112,
      pageHeight: 112,
    });
    const strip = await saved('text=Save PNG strip');
    expect(await sharp(strip.path).metadata()).toMatchObject({ width: 12 * 28, height: 28 });
  });

  test('finds the latent of a picture that is chosen', async () => {
    await page.setInputFiles('.drop input', picture);
    await page.waitForSelector('#projection-error');
    expect(await canvas('.stack canvas')).toEqual([...levels]);
    expect(Number(await page.textContent('#projection-error'))).toBeLessThan(0.05);
    await page.click('.pictures >> text=Go on');
    await until(async () => (await page.textContent('.current .hint')) === 'projected picture 1');
  });

  test('takes a picture that is dropped, and its search can be ended', async () => {
    const content = picture.buffer.toString('base64');
    const transfer = await page.evaluateHandle(`(() => {
      const bytes = Uint8Array.from(atob('${content}'), (letter) => letter.charCodeAt(0));
      const transfer = new DataTransfer();
      transfer.items.add(new File([bytes], 'seven.png', { type: 'image/png' }));
      return transfer;
    })()`);
    await page.dispatchEvent('.drop', 'drop', { dataTransfer: transfer });
    await page.click('.job >> text=Cancel');
    expect(await page.isVisible('.job progress')).toBe(false);
    expect(await page.isVisible('#projection-error')).toBe(false);
    expect(await page.textContent(`${inputs} .problem >> nth=1`)).toBe('');
  });

  test('says so of a file that is no picture', async () => {
    const file = { name: 'letter.txt', mimeType: 'text/plain', buffer: Buffer.from('Dear reader') };
    await page.setInputFiles('.drop input', file);
    await page.waitForSelector('text=cannot read letter.txt as a picture');
  });

  test('has a brush for what is missing, and a box for those without a pointer', async () => {
    const missing = async () => (await page.getAttribute('.mask', 'aria-label'))!;
    await page.setInputFiles('.drop input', picture);
    await page.click('.job >> text=Cancel');
    await page.locator('.mask').scrollIntoViewIfNeeded();
    const { x, y, width } = (await page.locator('.mask').boundingBox())!;
    const at = (pixel: number) => (pixel / 28) * width;
    await page.fill('.mask-tools input[type=range]', '3');
    await page.mouse.move(x + at(5.5), y + at(10.5));
    await page.mouse.down();
    await page.mouse.move(x + at(14.5), y + at(10.5), { steps: 3 });
    await page.mouse.up();
    // Three rows of twelve.
    expect(await missing()).toContain('784 pixels 36 are missing');
    await page.check('.mask-tools input[type=checkbox]');
    await page.mouse.click(x + at(10.5), y + at(10.5));
    expect(await missing()).toContain('784 pixels 27 are missing');
    await page.uncheck('.mask-tools input[type=checkbox]');
    await page.click('text=Invert');
    expect(await missing()).toContain('784 pixels 757 are missing');
    await page.click('text=Clear');
    expect(await missing()).toContain('784 pixels 0 are missing');
    expect(await page.isDisabled('text=Fill what is missing')).toBe(true);
    await page.fill('.box-fields input >> nth=3', '7');
    await page.focus('text=Add the box');
    await page.keyboard.press('Enter');
    expect(await missing()).toContain('784 pixels 98 are missing');
  });

  test('fills what is missing, and nothing else, with several answers', async () => {
    await page.fill('text=Answers >> input', '2');
    await page.click('text=Fill what is missing');
    await page.waitForSelector('.answers li', { timeout: 60_000 });
    expect(await page.locator('.answers li').count()).toBe(2);
    const isMissing = (i: number) => i % 28 >= 7 && i % 28 < 21 && i >= 7 * 28 && i < 14 * 28;
    for (const answer of [0, 1]) {
      const found = await canvas('.answers canvas', answer);
      expect(found.filter((value, i) => !isMissing(i) && value !== levels[i])).toEqual([]);
    }
    const png = await saved('.answers >> text=Save PNG >> nth=1');
    expect(png.name).toBe('answer-2.png');
    expect(
      (
        await sharp(await readFile(png.path))
          .greyscale()
          .raw()
          .toBuffer()
      ).length,
    ).toBe(size);
  });

  test.each([
    ['light', wide],
    ['dark', wide],
    ['light', phone],
    ['dark', phone],
  ] as const)('has no serious finding of axe-core: %s, %j', async (scheme, viewport) => {
    const opened = await openLatents(viewport, scheme);
    await opened.click('text=Mask it');
    await opened.click('text=Add the box');
    const { serious, overflow } = await accessibility(opened);
    expect(serious).toEqual([]);
    expect(overflow).toBeLessThanOrEqual(0);
    await opened.context().close();
  });
});
