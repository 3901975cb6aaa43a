import type { Browser, Page } from 'playwright-core';
import { encodeFilmAs } from '../../lib/film/formats.js';
import { inChromium, launchChromium } from '../support/chromium.js';
import { coloured } from './helpers.js';

inChromium('Playing films is')('in Chromium', () => {
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    browser = await launchChromium();
    page = await browser.newPage();
    // The decoder of pictures is for secure pages only, such as those of this host; nothing is asked of it.
    await page.route('**/*', (route) => route.fulfill({ contentType: 'text/html', body: '' }));
    await page.goto('http://localhost/');
  });
  afterAll(() => browser?.close());

  /** How far the colours of frames are from those of the film, at most, of 255. */
  const farthest = (colours: readonly (readonly number[])[]) =>
    Math.max(
      ...colours.flatMap((colour, i) =>
        colour.map((level, channel) => Math.abs(level - (channel === i ? 200 : 40))),
      ),
    );

  test('a WebM plays to its end, in the colours of its pictures', async () => {
    const film = (await encodeFilmAs('webm', coloured())).toString('base64');
    // Muted, as browsers let a video begin by itself only then.
    const { colours, size, duration, end } = (await page.evaluate(`(async () => {
      const video = document.createElement('video');
      video.muted = true;
      video.src = 'data:video/webm;base64,${film}';
      document.body.append(video);
      await new Promise((loaded, failed) => { video.onloadeddata = loaded; video.onerror = () => failed(video.error); });
      const canvas = new OffscreenCanvas(40, 31).getContext('2d');
      const colours = [];
      for (const at of [0.05, 0.15, 0.6]) {
        // Once it has been sought, the frame before may still be the one that is shown.
        await new Promise((shown) => { video.requestVideoFrameCallback(shown); video.currentTime = at; });
        canvas.drawImage(video, 0, 0);
        colours.push([...canvas.getImageData(20, 15, 1, 1).data.slice(0, 3)]);
      }
      video.currentTime = 0;
      await video.play();
      await new Promise((ended) => { video.onended = ended; });
      return { colours, size: [video.videoWidth, video.videoHeight], duration: video.duration, end: video.currentTime };
    })()`)) as { colours: number[][]; size: number[]; duration: number; end: number };
    expect(size).toEqual([40, 31]);
    expect(duration).toBeCloseTo(1.2, 2);
    expect(end).toBeCloseTo(1.2, 1);
    expect(farthest(colours)).toBeLessThan(12);
  });

  test.each([
    ['apng', 'image/png'],
    ['webp', 'image/webp'],
    ['gif', 'image/gif'],
  ] as const)('the frames of %s are its pictures', async (format, type) => {
    const film = (await encodeFilmAs(format, coloured())).toString('base64');
    const { colours, lasting, loops } = (await page.evaluate(`(async () => {
      const data = Uint8Array.from(atob('${film}'), (letter) => letter.charCodeAt(0));
      const decoder = new ImageDecoder({ data, type: '${type}' });
      await decoder.tracks.ready;
      await decoder.completed;
      const { frameCount, repetitionCount } = decoder.tracks.selectedTrack;
      const canvas = new OffscreenCanvas(40, 31).getContext('2d');
      const colours = [];
      const lasting = [];
      for (let frameIndex = 0; frameIndex < frameCount; frameIndex++) {
        const { image } = await decoder.decode({ frameIndex });
        canvas.drawImage(image, 0, 0);
        colours.push([...canvas.getImageData(20, 15, 1, 1).data.slice(0, 3)]);
        lasting.push(image.duration / 1e6);
      }
      return { colours, lasting, loops: repetitionCount === Infinity };
    })()`)) as { colours: number[][]; lasting: number[]; loops: boolean };
    expect(lasting).toEqual([0.1, 0.1, 1]);
    expect(loops).toBe(true);
    expect(farthest(colours)).toBe(0);
  });
});
