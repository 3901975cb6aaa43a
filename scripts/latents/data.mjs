import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { Generator } = require('../../dist/index.js');
const { mnist } = require('../../dist/data/images.js');
const { loadSource } = require('../../dist/data/source.js');
const { scaled } = require('../../dist/network/arrays.js');
const {
  classifierOptions,
  digitsClassifier,
  readClassifier,
} = require('../../dist/evaluation/classifier.js');
const { classesOf } = require('../../dist/latent/judge.js');
const { loadNative } = require('../../dist/native/load.js');

/** Rows, and columns, of a digit; numbers of one. */
export const side = 28;
export const size = side * side;

/** The package's own generator. */
export const openGenerator = (threads) => Generator.load(undefined, { threads });

/** Digits of MNIST in [-1, 1] with their labels: `test` those that no generator has seen. */
export async function digits(split, count) {
  const { pixels, labels } = await loadSource(mnist({ split }), {
    imageSize: side,
    channels: 1,
    labels: true,
  });
  return { images: scaled(pixels.subarray(0, count * size)), labels: (await labels()).subarray(0, count) };
}

/** What tells the class of images: the package's classifier. */
export async function openJudge() {
  const classifier = await readClassifier(digitsClassifier);
  const core = loadNative();
  const evaluator = new core.Evaluator(classifierOptions(classifier));
  await evaluator.open(classifier.state);
  return {
    /** The class of each of n images. */
    async classes(images, n) {
      return classesOf((await evaluator.classify(images, n)).logits, classifier.classes);
    },
    dispose: () => evaluator.dispose(),
  };
}

/** The mean square of what images are from others, of the numbers of one image that `counts` (all of them without). */
export function meanSquares(images, wanted, counts = null) {
  return Array.from({ length: images.length / size }, (_, image) => {
    let sum = 0;
    let numbers = 0;
    for (let i = 0; i < size; i++) {
      if (counts && !counts(image, i)) continue;
      sum += (images[image * size + i] - wanted[image * size + i]) ** 2;
      numbers++;
    }
    return sum / numbers;
  });
}

/** Sorted values at shares of their number. */
export function quantiles(values, shares) {
  const sorted = [...values].sort((a, b) => a - b);
  return shares.map((share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]);
}

export const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
