import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { createDashboard, type Dashboard, GanTrainer } from '../../lib/index.js';
import { finished, start, temporaryDirectory, writeImages } from '../cli/helpers.js';
import { inChromium, launchChromium } from '../support/chromium.js';
import { compilePackage } from '../support/compile_package.js';
import { smallMnist } from '../support/small_mnist.js';
import { accessibility, openWatched, phone, wide } from './watched_page.js';

import sharp = require('sharp');

/** Grey levels. */
const rawOf = (picture: sharp.Sharp) => picture.greyscale().raw().toBuffer();

const root = temporaryDirectory();
const runs = join(root, 'runs');

inChromium('The dashboard is')('the page of the dashboard', () => {
  let packageRoot: string;
  let browser: Browser;
  let page: Page;
  let dashboard: Dashboard;
  let url: string;
  let live: ChildProcess | null = null;
  const misdeeds = { complaints: [] as string[], elsewhere: [] as string[] };

  beforeAll(async () => {
    packageRoot = compilePackage(join(root, 'package'));
    const trainer = new GanTrainer({ batchSize: 4, features: 16, seed: 3, threads: 1, data: smallMnist(80) });
    await trainer.fit(4, { outDir: join(runs, 'old'), logEvery: 1 });
    trainer.dispose();
    dashboard = await createDashboard(runs);
    url = await dashboard.listen();
    browser = await launchChromium();
  });

  afterAll(async () => {
    live?.kill('SIGKILL');
    await browser?.close();
    await dashboard?.close();
  });

  beforeEach(async () => {
    page = await openWatched(browser, url, misdeeds);
  });

  afterEach(async () => {
    await page.context().close();
    expect(misdeeds.complaints.splice(0)).toEqual([]);
    expect(misdeeds.elsewhere.splice(0)).toEqual([]);
  });

  /** Begins or goes on with a training that takes minutes, in a process of its own. */
  function train(...more: string[]): ChildProcess {
    const images = writeImages(join(root, 'images', 'train-images-idx3-ubyte'), 400);
    const shape = [
      '--data',
      images,
      '--batch-size',
      '4',
      '--features',
      '16',
      '--threads',
      '1',
      '--seed',
      '5',
    ];
    return start(packageRoot, root, [
      'train',
      ...(more.includes('--resume') ? [] : shape),
      '--quiet',
      ...more,
    ]);
  }

  /** Waits until a text of the page has a part, or is like a pattern. The page's policy forbids scripts that are given as text. */
  async function until(read: () => Promise<string | null>, wanted: string | RegExp, patience = 30_000) {
    const end = performance.now() + patience;
    const isThere = (text: string | null) =>
      text !== null && (typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text));
    let text: string | null = null;
    while (performance.now() < end) {
      text = await read().catch(() => null);
      if (isThere(text)) return;
      await setTimeout(50);
    }
    throw new Error(`There is no ${wanted} in ${text}.`);
  }

  const textOf = (selector: string) => () => page.textContent(selector, { timeout: 1000 });
  const untilSample = (step: number) => until(textOf('#cards figcaption'), new RegExp(`step ${step}\\b`));

  const choose = (name: string) => page.click(`#runs button:has(.name:text-is("${name}"))`);
  const stateOf = (name: string) => page.textContent(`#runs .run:has(.name:text-is("${name}")) .state`);
  const untilState = (name: string, word: string) => until(() => stateOf(name), word, 90_000);
  const sampleShown = () => page.textContent('#cards figcaption');
  const position = () => page.textContent('#controls output');

  /** The step of a run by the list of the page. */
  const stepOf = async (name: string) => {
    const facts = await page.textContent(`#runs .run:has(.name:text-is("${name}")) .facts`);
    return Number(/([\d\s,.\u2009\u202f]+) (?:of|steps)/.exec(facts!)![1]!.replace(/\D/g, ''));
  };

  test('shows a run that is over: curves, pictures, options, checkpoints', async () => {
    await choose('old');
    await page.waitForSelector('#panels .u-over');
    expect(await stateOf('old')).toContain('ended');
    expect(await sampleShown()).toContain('Sample of step 80');
    expect(await page.textContent('#options')).toContain('batchSize');
    expect(await page.textContent('#checkpoints')).toContain('80');
    expect(await page.textContent('#events')).toContain('Training begins');
  });

  test('moves pictures, curves and figures by one slider, by keys, and plays them', async () => {
    await choose('old');
    await page.waitForSelector('#cards figure');
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowRight');
    await untilSample(1);
    await page.keyboard.press('ArrowRight');
    await untilSample(2);
    await page.evaluate(`(() => {
      const slider = document.getElementById('slider');
      slider.value = '45';
      slider.dispatchEvent(new Event('input', { bubbles: true }));
    })()`);
    await untilSample(40);
    expect(await position()).toContain('45');
    // A button that is focused would take the space for itself.
    await page.evaluate('document.activeElement.blur()');
    await page.keyboard.press('Home');
    await page.keyboard.press(' ');
    await untilSample(80);
  });

  test('keeps what is shown over a reload', async () => {
    await choose('old');
    await page.waitForSelector('#cards figure');
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowLeft');
    await untilSample(60);
    await setTimeout(400);
    await page.reload();
    await untilSample(60);
  });

  test('enlarges an image of a picture and copies the command that draws it', async () => {
    await choose('old');
    const picture = page.locator('#cards .images[role=listbox]');
    await picture.click({ position: { x: 5, y: 5 } });
    await until(textOf('#cards'), 'Seed 3 · index 0');
    await picture.focus();
    await page.keyboard.press('ArrowRight');
    await until(textOf('#cards'), 'Seed 3 · index 1');
    const command = await page.getAttribute('#cards .cell-details button[title]', 'title');
    const checkpoint = join(runs, 'old', 'checkpoints', 'step-00000080.safetensors');
    const words = [
      'generate',
      checkpoint,
      '--seed',
      '3',
      '--count',
      '16',
      '--only',
      '1',
      '--out',
      'image.png',
    ];
    expect(command).toBe(['npx', 'dcgan-native', ...words].join(' '));
    const drawn = await finished(start(packageRoot, root, [...words, '--scale', '2', '--threads', '1']));
    expect(drawn).toMatchObject({ status: 0 });
    const size = 2 * 28;
    const cell = { left: size + 2, top: 0, width: size, height: size };
    const sample = sharp(join(runs, 'old', 'samples', 'epoch-0004.png')).extract(cell);
    expect(await rawOf(sharp(join(root, 'image.png')))).toEqual(await rawOf(sample));
  });

  test('draws from a checkpoint by a seed', async () => {
    await choose('old');
    await page.click('#checkpoints button:has-text("raw")');
    await page.waitForSelector('#draw img[src^="blob:"]');
  });

  test('follows a training, tells that it was killed, and goes on with it when it is resumed', async () => {
    const out = join(runs, 'live');
    live = train(
      '--epochs',
      '1000',
      '--out',
      out,
      '--sample-every-steps',
      '20',
      '--checkpoint-every-steps',
      '50',
    );
    // A run that appears later shows by itself.
    await page.waitForSelector('#runs .name:text-is("live")', { timeout: 60_000 });
    await untilState('live', 'running');
    await choose('live');
    await page.waitForSelector('#panels .u-over', { timeout: 30_000 });
    const before = await stepOf('live');
    await until(async () => String((await stepOf('live')) > before), 'true');
    await page.waitForSelector('#cards figure');
    await page.reload();
    await page.waitForSelector('#cards figure');
    expect(await stepOf('live')).toBeGreaterThanOrEqual(before);
    expect(await page.textContent('#connection')).toBe('live');

    live.kill('SIGKILL');
    await once(live, 'close');
    await untilState('live', 'crashed');
    const killedAt = await stepOf('live');

    live = train('--resume', out, '--epochs', '1000');
    await untilState('live', 'running');
    await until(async () => String((await stepOf('live')) > killedAt), 'true', 60_000);
  }, 240_000);

  test('asks a training to draw, to save, and to stop', async () => {
    await choose('live');
    await page.click('#cards button:has-text("Draw a sample now")');
    await until(textOf('#events'), 'A picture is drawn');
    await page.click('#cards button:has-text("Save now")');
    await until(textOf('#events'), 'A checkpoint is saved');
    await page.click('#cards button:has-text("Stop after saving")');
    await page.click('#cards button:has-text("Yes, save and stop")');
    await untilState('live', 'stopped');
    if (live?.exitCode === null) await once(live, 'close');
    live = null;
  }, 120_000);

  test('shows two runs side by side, and in what their options differ', async () => {
    await choose('old');
    await page.check('#runs .run:has(.name:text-is("live")) input');
    await until(async () => String(await page.locator('#cards article figure').count()), '2');
    // Each picture is fitted to the card that has become narrower.
    const overflows = await page.evaluate(
      "[...document.querySelectorAll('#cards article')].map((card) => card.scrollWidth > card.clientWidth)",
    );
    expect(overflows).toEqual([false, false]);
    const options = await page.textContent('#options');
    expect(options).toContain('seed');
    expect(options).not.toContain('batchSize');
  });

  test('is followed by more tabs than a browser has connections, of which one listens for all', async () => {
    const tabs = await Promise.all(Array.from({ length: 9 }, () => page.context().newPage()));
    let streams = 0;
    for (const tab of tabs) {
      tab.on('request', (request) => {
        if (request.url().endsWith('api/events')) streams++;
      });
    }
    await Promise.all(tabs.map((tab) => tab.goto(url)));
    for (const tab of tabs) {
      await until(() => tab.textContent('#connection'), /^live$/);
      await tab.waitForSelector('#cards figure');
    }
    expect(streams).toBe(0);
    // The one that listened is closed, and another one takes its place.
    await page.close();
    [page] = tabs as [Page, ...Page[]];
    const appeared = join(runs, 'appeared');
    mkdirSync(appeared);
    writeFileSync(join(appeared, 'config.json'), '{}');
    for (const tab of tabs)
      await tab.waitForSelector('#runs .name:text-is("appeared")', { state: 'attached' });
    expect(streams).toBe(1);
    rmSync(appeared, { recursive: true });
  });

  test('comes back by itself when the server was away', async () => {
    const { port } = new URL(url);
    const token = dashboard.token!;
    await dashboard.close();
    await until(textOf('#connection'), 'reconnecting');
    dashboard = await createDashboard(runs, { token });
    url = await dashboard.listen(Number(port));
    await until(textOf('#connection'), /^live$/);
    // What the browser says of a server that is away.
    misdeeds.complaints.splice(0);
  });

  test.each([
    ['light', wide],
    ['dark', wide],
    ['light', phone],
    ['dark', phone],
  ] as const)('has no serious finding of axe-core: %s, %j', async (scheme, viewport) => {
    await page.context().close();
    page = await openWatched(browser, url, misdeeds, viewport, scheme);
    await page.waitForSelector('#cards figure');
    const { serious, overflow } = await accessibility(page);
    expect(serious).toEqual([]);
    expect(overflow).toBeLessThanOrEqual(0);
  });
});
