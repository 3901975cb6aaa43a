import { createRequire } from 'node:module';
import { join } from 'node:path';
import { digits, mean, meanSquares, openGenerator, openJudge, side, size } from './data.mjs';
import { writeRows } from './pictures.mjs';

const { drawNormal } = createRequire(import.meta.url)('../../dist/latent/philox.js');

/** Standard deviations of the noise, of numbers in [-1, 1], and how many times pictures are enlarged. */
const [deviations, factors, shown] = [[0.25, 0.5, 1], [2, 4], 10];

/** Takes the noise from digits of MNIST's test set, and enlarges them; beside what is there before, and a smooth enlargement. */
export async function restoring({ count: all, threads, encoder = false, pictures }) {
  const count = Math.ceil(all / 4);
  const generator = await openGenerator(threads);
  const judge = await openJudge();
  const { images, labels } = await digits('test', count);
  const figures = async (name, made) => {
    const told = await judge.classes(made, count);
    const right = told.filter((label, i) => label === labels[i]).length / count;
    return { name, meanSquare: mean(meanSquares(made, images)), right };
  };
  const rows = [images];
  const noise = [];
  for (const deviation of deviations) {
    const drawn = drawNormal(7, 0, images.length);
    const noisy = images.map((value, i) => Math.max(-1, Math.min(1, value + deviation * drawn[i])));
    const { images: clean } = await generator.denoise(noisy, { seed: 1, encoder });
    noise.push({ deviation, ways: [await figures('noisy', noisy), await figures('denoise', clean)] });
    rows.push(noisy, clean);
  }
  const enlarging = [];
  for (const factor of factors) {
    const small = means(images, factor);
    const { images: large } = await generator.upscale(small, factor, { seed: 1, encoder });
    const smooth = bilinear(small, factor);
    enlarging.push({ factor, ways: [await figures('bilinear', smooth), await figures('upscale', large)] });
    rows.push(smooth, large);
  }
  if (pictures)
    await writeRows(
      join(pictures, 'restoring.png'),
      rows.map((row) => row.subarray(0, shown * size)),
    );
  generator.dispose();
  judge.dispose();
  return { count, noise, enlarging };
}

/** Means over squares of `factor` pixels. */
function means(images, factor) {
  const s = side / factor;
  const small = new Float32Array(images.length / factor ** 2);
  images.forEach((value, i) => {
    const [image, row, column] = [Math.floor(i / size), Math.floor((i % size) / side), i % side];
    small[image * s * s + Math.floor(row / factor) * s + Math.floor(column / factor)] += value / factor ** 2;
  });
  return small;
}

/** Pixels between the centres of squares. */
function bilinear(small, factor) {
  const s = side / factor;
  return Float32Array.from({ length: small.length * factor ** 2 }, (_, i) => {
    const image = Math.floor(i / size) * s * s;
    const [y, x] = [Math.floor((i % size) / side), i % side].map((place) =>
      Math.max(0, Math.min(s - 1, (place + 0.5) / factor - 0.5)),
    );
    const [top, left] = [Math.min(s - 2, Math.floor(y)), Math.min(s - 2, Math.floor(x))];
    const at = (row, column) => small[image + row * s + column];
    const along = (row) => at(row, left) * (1 - (x - left)) + at(row, left + 1) * (x - left);
    return along(top) * (1 - (y - top)) + along(top + 1) * (y - top);
  });
}
