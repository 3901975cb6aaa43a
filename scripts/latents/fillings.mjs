import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../process/run.mjs';
import { side, size } from './data.mjs';

const { decodeNpy, encodeNpy } = createRequire(import.meta.url)('../../dist/latent/npy.js');
const here = dirname(fileURLToPath(import.meta.url));

/** images [n, size] with the numbers of `other(image, pixel)` where pixels are missing. */
export const filledWith = (images, masks, other) =>
  images.map((value, i) => (masks[i] === 1 ? other(Math.floor(i / size), i % size) : value));

/** The mean of the training images, pixel by pixel. */
export function meanImage(training) {
  const sum = new Float64Array(size);
  for (let i = 0; i < training.length; i++) sum[i % size] += training[i];
  return sum.map((value) => value / (training.length / size));
}

/** For each image the training image that is nearest where pixels are known. */
export function nearestImages(images, masks, training) {
  const count = images.length / size;
  return Array.from({ length: count }, (_, image) => {
    let [best, least] = [0, Infinity];
    for (let other = 0; other < training.length / size; other++) {
      let sum = 0;
      for (let i = 0; i < size && sum < least; i++) {
        const at = image * size + i;
        if (masks[at] === 0) sum += (images[at] - training[other * size + i]) ** 2;
      }
      if (sum < least) [best, least] = [other, sum];
    }
    return best;
  });
}

/** What OpenCV and scikit-image make of the same, by name. */
export function filledByPeers(python, images, masks) {
  const directory = mkdtempSync(join(tmpdir(), 'dcgan-latents-'));
  const path = (name) => join(directory, name);
  const shape = [images.length / size, side, side];
  const write = (name, data) => writeFileSync(path(name), Buffer.concat(encodeNpy({ data, shape })));
  try {
    write('images.npy', images);
    write('masks.npy', Float32Array.from(masks));
    const names = JSON.parse(run(python, [join(here, 'peers', 'inpaint.py'), directory]));
    return Object.fromEntries(
      Object.entries(names).map(([name, file]) => [name, decodeNpy(readFileSync(path(file))).data]),
    );
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
