import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { directoryIn, runJudge, writeFloats } from './judge.mjs';

const require = createRequire(import.meta.url);
const { Generator, evaluateImages, images, mnist } = require('../../dist/index.js');
const { readCheckpoint } = require('../../dist/checkpoint/checkpoint.js');
const { classifierOptions } = require('../../dist/evaluation/classifier.js');
const { classifierDescriber, classifierFor, describeAll } = require('../../dist/evaluation/features.js');
const { scaled } = require('../../dist/network/arrays.js');
const { digitsGenerator } = require('../../dist/generation/generator.js');
const { drawNormal } = require('../../dist/latent/philox.js');
const { encodeKeras } = require('../../dist/interop/keras_write.js');
const { loadNative } = require('../../dist/native/load.js');

const count = 1500;
const image = { imageSize: 28, channels: 1 };

/** What others' figures are called, in the order in which the judge writes them, and by how much ours may differ. */
const figures = [
  ['fid', 1e-6],
  ['kid', 1e-9],
  ['precision', 0],
  ['recall', 0],
  ['density', 1e-12],
  ['coverage', 0],
];

/** Rounded to a byte, a pixel is off by half a step at most. */
const roundingLimit = 1e-3;

/**
 * Has other programs compute the figures of an evaluation, and judges what Keras draws as what we draw of the same network: the
 * generator of the package.
 */
export async function compareFigures(environment, work) {
  return [...(await figuresOfFeatures(environment, work)), ...(await picturesOfKeras(environment, work))];
}

async function figuresOfFeatures(environment, work) {
  const judge = 'SciPy, prdc';
  process.stderr.write(`${judge}, figures …\n`);
  const [inputs, outputs] = ['features', 'figures'].map((name) => directoryIn(work, name));
  try {
    const { real, drawn, own, dims } = await ownFigures();
    writeFloats(inputs, { real, drawn });
    const version = runJudge(environment, 'figures.py', [inputs, outputs, String(dims)]);
    const { buffer } = new Uint8Array(readFileSync(join(outputs, 'figures.f64')));
    const theirs = new Float64Array(buffer);
    return figures.map(([name, allowed], i) => ({
      judge,
      version,
      what: `${name} of ${count} images`,
      difference: Math.abs(own[name].value - theirs[i]) / Math.max(Math.abs(theirs[i]), 1e-3),
      allowed,
    }));
  } catch (error) {
    return [{ judge, what: 'figures', problem: error.message }];
  }
}

/** Features of real and of drawn images, and our figures of them. */
async function ownFigures() {
  const classifier = await classifierFor(undefined, image);
  const evaluator = new (loadNative().Evaluator)(classifierOptions(classifier));
  const generator = await Generator.load();
  try {
    await evaluator.open(classifier.state);
    const describer = classifierDescriber(evaluator, classifier);
    const describe = async (numbers) =>
      (
        await describeAll(
          describer,
          count,
          async (first, n) => numbers.subarray(first * 784, (first + n) * 784),
          () => {},
        )
      ).features;
    const { pixels } = await mnist({ split: 'test' }).load();
    const real = await describe(scaled(pixels.subarray(0, count * 784)));
    const drawn = await describe((await generator.generate(count, { seed: 3 })).data);
    const { dims } = describer;
    await evaluator.setReference(real, count, dims);
    await evaluator.compare(drawn, count, dims, null, 0, 1);
    for (;;) {
      const { done, of, figures: own } = await evaluator.advance();
      if (done === of) return { real, drawn, own, dims };
    }
  } finally {
    generator.dispose();
    evaluator.dispose();
  }
}

async function picturesOfKeras(environment, work) {
  const judge = 'Keras 3, a folder of PNGs';
  process.stderr.write(`${judge} …\n`);
  const [exported, inputs, folder] = ['packaged', 'latents', 'pictures'].map((name) =>
    directoryIn(work, name),
  );
  const generator = await Generator.load();
  try {
    const { state } = await readCheckpoint(digitsGenerator);
    writeFileSync(join(exported, 'generator_model.h5'), await encodeKeras('generator', state, 0.3));
    const z = drawNormal(5, 0, count * generator.options.latentSize);
    writeFloats(inputs, { z });
    const version = runJudge(environment, 'keras_pictures.py', [exported, inputs, folder]);
    const { data } = await generator.generate(count, { noise: z });
    const pixels = Uint8Array.from(data, (x) => Math.max(0, Math.min(255, Math.round(x * 127.5 + 127.5))));
    const options = { nearest: false, samples: count };
    const ours = await evaluateImages(images({ pixels, ...image, name: 'ours' }), options);
    const theirs = await evaluateImages(folder, options);
    return ['fid', 'kid', 'precision', 'recall'].map((name) => {
      const [a, b] = [ours, theirs].map(({ figures: found }) => found[name].value);
      return {
        judge,
        version,
        what: name,
        difference: Math.abs(a - b) / Math.max(Math.abs(a), 1e-2),
        allowed: roundingLimit,
      };
    });
  } catch (error) {
    return [{ judge, what: 'figures of its pictures', problem: error.message }];
  } finally {
    generator.dispose();
  }
}
