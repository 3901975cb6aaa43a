import type { Picture } from '../../lib/image/grid.js';
import { scalePicture } from '../../lib/image/scale.js';

const grey = (width: number, height: number, ...levels: number[]): Picture => ({
  pixels: Uint8Array.from(levels),
  width,
  height,
  channels: 1,
});

test('enlarged by a whole factor, a picture has the pixels that it had', () => {
  const { pixels } = scalePicture(grey(2, 1, 10, 200), 4, 2);
  expect([...pixels]).toEqual([10, 10, 200, 200, 10, 10, 200, 200]);
});

test('of its own size it is the same', () => {
  const picture = grey(3, 2, 1, 2, 3, 4, 5, 6);
  expect(scalePicture(picture, 3, 2)).toEqual(picture);
});

test('shrunk, each pixel is the mean of those that it stands for', () => {
  expect([...scalePicture(grey(4, 2, 0, 100, 10, 20, 100, 200, 30, 40), 2, 1).pixels]).toEqual([100, 25]);
});

test('a pixel that lies under two counts for both, by how much of it does', () => {
  expect([...scalePicture(grey(3, 1, 0, 90, 240), 2, 1).pixels]).toEqual([30, 190]);
});

test('colours are scaled each by itself', () => {
  const picture: Picture = {
    pixels: Uint8Array.of(0, 10, 20, 100, 30, 40),
    width: 2,
    height: 1,
    channels: 3,
  };
  expect([...scalePicture(picture, 1, 1).pixels]).toEqual([50, 20, 30]);
});
