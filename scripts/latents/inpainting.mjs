import { createRequire } from 'node:module';
import { join } from 'node:path';
import { digits, mean, meanSquares, openGenerator, openJudge, side, size } from './data.mjs';
import { filledByPeers, filledWith, meanImage, nearestImages } from './fillings.mjs';
import { writeRows } from './pictures.mjs';

const { boxMask, noiseMask } = createRequire(import.meta.url)('../../dist/latent/mask.js');

const half = side / 2;
/** What is missing of image number `i`, by name. */
const damages = {
  'the middle half': () => boxMask({ x: half / 2, y: half / 2, width: half, height: half }, side),
  'a random half': (i) => noiseMask(0.5, side, i),
  '80 % of all pixels': (i) => noiseMask(0.8, side, i),
};
const [shown, training] = [10, 60_000];

/** Repairs digits of MNIST's test set, beside what others make of them. */
export async function inpainting({ count: all, threads, encoder = false, peers, pictures }, log) {
  const count = Math.ceil(all / 2);
  const generator = await openGenerator(threads);
  const judge = await openJudge();
  const { images, labels } = await digits('test', count);
  const train = (await digits('train', training)).images;
  const middle = meanImage(train);
  const right = async (filled) => {
    const told = await judge.classes(filled, count);
    return told.filter((label, i) => label === labels[i]).length / count;
  };
  const results = [];
  const first = (each) => each.subarray(0, shown * size);
  const own = [first(images)];
  for (const [damage, maskOf] of Object.entries(damages)) {
    log(`  ${damage}`);
    const masks = Uint8Array.from(Array.from({ length: count }, (_, i) => [...maskOf(i)]).flat());
    const ours = await generator.inpaint(images, masks, { seed: 1, encoder });
    const nearest = nearestImages(images, masks, train);
    const fillings = {
      'dcgan-native': ours.images,
      'the mean training image': filledWith(images, masks, (_, pixel) => middle[pixel]),
      'the nearest training image': filledWith(
        images,
        masks,
        (image, pixel) => train[nearest[image] * size + pixel],
      ),
      ...(peers ? filledByPeers(peers, images, masks) : {}),
    };
    const ways = [];
    for (const [name, filled] of Object.entries(fillings)) {
      const errors = meanSquares(filled, images, (image, i) => masks[image * size + i] === 1);
      ways.push({ name, meanSquare: mean(errors), right: await right(filled) });
    }
    results.push({ damage, ways });
    if (pictures) {
      const damaged = filledWith(images, masks, () => -0.2);
      own.push(first(damaged), first(ours.images));
      const rows = [images, damaged, ...Object.values(fillings)].map(first);
      if (results.length === 1) await writeRows(join(pictures, 'inpainting-middle.png'), rows);
    }
  }
  if (pictures) await writeRows(join(pictures, 'inpainting.png'), own);
  const rightOfOriginals = await right(images);
  generator.dispose();
  judge.dispose();
  return { count, rightOfOriginals, damages: results };
}
