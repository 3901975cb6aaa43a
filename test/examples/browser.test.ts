import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { GanTrainer } from '../../lib/index.js';
import { encodeOnnx } from '../../lib/interop/onnx.js';
import { inChromium, launchChromium } from '../support/chromium.js';
import { formulaTensor } from '../support/keras-formula.js';

const seed = 7;
const latentSize = 100;

/** Starts the example's server and gives its address. */
async function serve(
  generator: string,
  ...more: string[]
): Promise<{ readonly server: ChildProcess; readonly url: string }> {
  const script = resolve('examples/browser/serve.mjs');
  const stdio = ['ignore', 'pipe', 'inherit'] as const;
  const server = spawn(process.execPath, [script, generator, '--port', '0', ...more], { stdio: [...stdio] });
  const [line] = await once(server.stdout!, 'data');
  return { server, url: String(line).trim() };
}

/** The grey levels of every digit that the page is about: the large one, those of the sliders, those to choose. */
function canvases(page: Page): Promise<number[][]> {
  return page.evaluate(`[...document.querySelectorAll('.digit canvas, .directions canvas, .more canvas')].map((canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, 28, 28);
    return Array.from({ length: 784 }, (_, i) => data[4 * i]);
  })`);
}

/** The grey levels of the digits in the strip. */
function strip(page: Page): Promise<number[][]> {
  return page.evaluate(`(() => {
    const canvas = document.getElementById('strip');
    return Array.from({ length: canvas.width / 28 }, (_, at) => {
      const { data } = canvas.getContext('2d').getImageData(28 * at, 0, 28, 28);
      return Array.from({ length: 784 }, (_, i) => data[4 * i]);
    });
  })()`);
}

/** The latent vector of a seed, as the page makes it. */
async function latentVector(page: Page, of: number): Promise<Float32Array> {
  const made = `import('/latent.js').then((latent) => [...latent.latentVector(${of}, ${latentSize})])`;
  return Float32Array.from((await page.evaluate(made)) as number[]);
}

const quiet = (page: Page) => page.waitForSelector('#studio[aria-busy=false]');

inChromium('The browser example is')('the browser example', () => {
  let trainer: GanTrainer;
  let directory: string;
  let server: ChildProcess;
  let url: string;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'dcgan-test-'));
    trainer = new GanTrainer({ latentSize, seed: 0, device: 'cpu' });
    const weights = Object.fromEntries(
      Object.entries(await trainer.weights()).map(([name, { shape }]) => {
        return [name, { shape, data: formulaTensor(name, shape) }] as const;
      }),
    );
    await trainer.setWeights(weights);
    const file = join(directory, 'generator.onnx');
    writeFileSync(file, encodeOnnx('generator', weights));
    ({ server, url } = await serve(file));
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
    server?.kill();
    trainer?.dispose();
    rmSync(directory, { recursive: true, force: true });
  });

  beforeEach(async () => {
    page = await browser.newPage();
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${url}?seed=${seed}`);
    await quiet(page);
  });

  afterEach(() => page.close());

  /** What `generate` draws, in grey levels. */
  async function drawn(vectors: readonly Float32Array[]): Promise<number[][]> {
    const noise = new Float32Array(vectors.length * latentSize);
    for (const [i, vector] of vectors.entries()) noise.set(vector, i * latentSize);
    const { data } = await trainer.generate(vectors.length, { noise });
    const levels = new Uint8ClampedArray(data.map((value) => (value + 1) * 127.5));
    return vectors.map((_, i) => [...levels.subarray(784 * i, 784 * (i + 1))]);
  }

  /** The largest difference, in grey levels, of as many images as `ours` holds. */
  function difference(theirs: readonly number[][], ours: readonly number[][]): number {
    const between = (a: readonly number[], b: readonly number[]) =>
      Math.max(...a.map((v, i) => Math.abs(v - b[i]!)));
    return Math.max(...ours.map((image, i) => between(theirs[i]!, image)));
  }

  it('draws the digits that generate draws from the same latent vectors', async () => {
    const theirs = await canvases(page);
    expect(theirs).toHaveLength(31);
    const vectors = [];
    for (let i = 0; i < theirs.length; i++) vectors.push(await latentVector(page, seed + i));
    // A value on the edge between two levels may fall on either side.
    expect(difference(theirs, await drawn(vectors))).toBeLessThanOrEqual(1);
    expect(new Set(theirs.map(String)).size).toBe(31);
  });

  it('moves the large digit with a slider', async () => {
    await page.locator('input[type=range]').nth(2).fill('0.5');
    await quiet(page);
    const [from, to] = [await latentVector(page, seed), await latentVector(page, seed + 3)];
    const midway = from.map((value, i) => value + 0.5 * (to[i]! - value));
    expect(difference(await canvases(page), await drawn([midway]))).toBeLessThanOrEqual(1);
  });

  it('goes back to the start', async () => {
    const before = await canvases(page);
    await page.locator('input[type=range]').nth(2).fill('0.5');
    await page.click('#reset');
    await quiet(page);
    expect(difference(await canvases(page), before)).toBe(0);
  });

  it('draws from a new z at the click of a button, and keeps its seed in the address', async () => {
    const before = await canvases(page);
    await page.click('#renew');
    await quiet(page);
    const chosen = Number(new URL(page.url()).searchParams.get('seed'));
    expect(chosen).not.toBe(seed);
    const theirs = await canvases(page);
    expect(difference(theirs, before)).toBeGreaterThan(1);
    expect(difference(theirs, await drawn([await latentVector(page, chosen)]))).toBeLessThanOrEqual(1);
  });

  it('starts from the digit that was chosen', async () => {
    const chosen = (await canvases(page))[7 + 4]!;
    await page.click('#more li:nth-child(5) button');
    await quiet(page);
    expect(difference(await canvases(page), [chosen])).toBe(0);
  });

  it('goes from digit to digit, by way of latent vectors of a length between theirs, and back', async () => {
    await page.fill('#seeds', '3, 1, 4');
    await page.press('#seeds', 'Enter');
    await quiet(page);
    const there = await Promise.all([3, 1, 4].map((of) => latentVector(page, of)));
    const shown = await strip(page);
    expect(shown).toHaveLength(12);
    // Each has a third of the way.
    const theirs = [shown[0]!, shown[4]!, shown[8]!];
    expect(difference(theirs, await drawn(there))).toBeLessThanOrEqual(1);
    const lengths = (await page.evaluate(`import('/latent.js').then(({ latentVector, loop }) =>
      loop([3, 1, 4].map((seed) => latentVector(seed, ${latentSize})), 24).map((z) => Math.hypot(...z)))`)) as number[];
    const ends = there.map((z) => Math.hypot(...z));
    expect(Math.min(...lengths)).toBeCloseTo(Math.min(...ends), 4);
    expect(Math.max(...lengths)).toBeCloseTo(Math.max(...ends), 4);
  });

  it('plays the way', async () => {
    await page.click('#play');
    await page.waitForFunction("Number(document.getElementById('place').value) > 2");
    await page.click('#play');
    expect(await page.textContent('#play')).toBe('Play');
  });

  it('asks for seeds where there are none, and goes on', async () => {
    await page.fill('#seeds', 'x');
    await page.press('#seeds', 'Enter');
    await page.waitForSelector('text=Give two seeds or more');
    await page.fill('#seeds', '1, 2');
    await page.press('#seeds', 'Enter');
    await quiet(page);
    expect(await page.isVisible('#status')).toBe(false);
  });

  it('moves single numbers of z, and named directions where there is a file of them', async () => {
    await page.selectOption('#set', { label: 'numbers 6 to 11' });
    await page.getByLabel('Number 7').fill('-2');
    await quiet(page);
    const z = await latentVector(page, seed);
    const moved = z.map((value, i) => (i === 7 ? value - 2 : value));
    expect(difference(await canvases(page), await drawn([moved]))).toBeLessThanOrEqual(1);

    const file = join(directory, 'directions.json');
    const vector = Array.from({ length: latentSize }, (_, i) => Math.sin(i) / 7);
    writeFileSync(file, JSON.stringify({ directions: [{ name: 'slant', vector }] }));
    const named = await serve(join(directory, 'generator.onnx'), '--directions', file);
    await page.goto(`${named.url}?seed=${seed}`);
    await quiet(page);
    await page.getByLabel('slant').fill('1.5');
    await quiet(page);
    const slanted = z.map((value, i) => value + 1.5 * vector[i]!);
    expect(difference(await canvases(page), await drawn([slanted]))).toBeLessThanOrEqual(1);
    named.server.kill();
  });

  it('says how to make the generator when there is none', async () => {
    const without = await serve(join(directory, 'missing.onnx'));
    await page.goto(without.url);
    await page.waitForSelector('text=npx dcgan-native export');
    without.server.kill();
    // Chromium reports the file that was not there.
    complaints.splice(0);
  });

  it('has nothing to complain about in the console', () => {
    expect(complaints).toEqual([]);
  });
});
