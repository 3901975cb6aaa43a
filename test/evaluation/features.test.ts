import ort = require('onnxruntime-web');

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Classifier,
  digitsClassifier,
  readClassifier,
  writeClassifier,
} from '../../lib/evaluation/classifier.js';
import { type OnnxRuntime, onnxDescriber } from '../../lib/evaluation/onnx_features.js';
import { trainClassifier } from '../../lib/evaluation/train_classifier.js';
import { evaluateImages, GanTrainer, images, mnist } from '../../lib/index.js';
import { encodeOnnx } from '../../lib/interop/onnx.js';
import { temporaryDirectory, using } from '../support/cleanup.js';

// onnxruntime-web starts a pool of threads otherwise, which keeps jest from ending.
ort.env.wasm.numThreads = 1;

/** Some labelled digits, and others to judge by. */
async function digits(from: number, count: number) {
  const { pixels, labels } = await mnist({ split: 'test' }).load();
  const labelled = (await labels!())!.slice(from, from + count);
  return images({
    pixels: pixels.subarray(from * 784, (from + count) * 784),
    labels: labelled,
    name: 'digits',
  });
}

test('a classifier learns digits, and its file describes them as it does', async () => {
  const losses: number[] = [];
  const made = await trainClassifier({
    data: await digits(0, 4000),
    test: await digits(5000, 1000),
    epochs: 3,
    seed: 1,
    onProgress: (_, __, loss) => losses.push(loss),
  });
  expect(made.accuracy).toBeGreaterThan(0.8);
  expect(losses.at(-1)!).toBeLessThan(losses[0]!);
  expect(made).toMatchObject({ classes: 10, imageSize: 28, channels: 1, data: 'digits' });
  const path = join(temporaryDirectory(), 'features.safetensors');
  await writeClassifier(path, made);
  const read = await readClassifier(path);
  expect(read).toMatchObject({ name: 'features', classes: 10, accuracy: made.accuracy });
  const { figures, features } = await evaluateImages(await digits(0, 500), {
    features: path,
    nearest: false,
  });
  expect(features).toMatchObject({ name: 'features', sha256: read.sha256, dims: 128 });
  expect(figures.recall!.value).toBeGreaterThan(0.7);
});

test('the same seed gives the same classifier, with any number of threads', async () => {
  const data = await digits(0, 1500);
  const [one, two] = [
    await trainClassifier({ data, epochs: 1, seed: 3, threads: 1 }),
    await trainClassifier({ data, epochs: 1, seed: 3, threads: 2 }),
  ];
  expect(two.state['classifier.classes.weight']).toEqual(one.state['classifier.classes.weight']);
  expect(two.accuracy).toBe(one.accuracy);
});

test('data without labels, or of too few images, and an abort are errors', async () => {
  const unlabelled = images({ pixels: new Uint8Array(500 * 784) });
  await expect(trainClassifier({ data: unlabelled })).rejects.toMatchObject({ code: 'ERR_LABELS' });
  await expect(trainClassifier({ data: await digits(0, 100) })).rejects.toMatchObject({
    code: 'ERR_DATA_TOO_FEW',
  });
  await expect(trainClassifier({ epochs: 0 })).rejects.toMatchObject({ code: 'ERR_OPTION' });
  const controller = new AbortController();
  const reason = new Error('enough');
  const onProgress = () => controller.abort(reason);
  const training = trainClassifier({ data: await digits(0, 9000), signal: controller.signal, onProgress });
  await expect(training).rejects.toBe(reason);
});

test('the classifier of the package is below 1 MB, and right about 99 % of the test images', async () => {
  const { accuracy, name, classes } = await readClassifier(digitsClassifier);
  expect({ name, classes }).toEqual({ name: 'mnist-classifier-1', classes: 10 });
  expect(accuracy).toBeGreaterThanOrEqual(0.99);
  expect(readFileSync(digitsClassifier).length).toBeLessThan(1e6);
});

describe('a file of features that cannot be used is ERR_FEATURES', () => {
  const bytes = readFileSync(digitsClassifier);
  const changed = (from: string, to: string) =>
    Buffer.concat([
      Buffer.from(bytes.subarray(0, 4096).toString('latin1').replace(from, to), 'latin1'),
      bytes.subarray(4096),
    ]);
  test.each([
    ['that is cut', bytes.subarray(0, bytes.length / 2)],
    ['that is empty', Buffer.alloc(0)],
    ['that is a picture', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')],
    ['of another program', changed('dcgan-native-classifier', 'dcgan-native-classifieR')],
    ['of another version', changed('"format_version":"1"', '"format_version":"9"')],
    ['of another width', changed('\\"features\\":32', '\\"features\\":48')],
  ])('%s', async (_, content) => {
    const path = join(temporaryDirectory(), 'features.safetensors');
    writeFileSync(path, content);
    await expect(readClassifier(path)).rejects.toMatchObject({ code: 'ERR_FEATURES', value: path });
  });

  test('that is not there', async () => {
    await expect(readClassifier('nowhere.safetensors')).rejects.toMatchObject({ code: 'ERR_FEATURES' });
  });
});

describe('features of an ONNX file', () => {
  const runtime = async () => ort as unknown as OnnxRuntime;
  const image = { imageSize: 28, channels: 1 };

  test('are what its network makes of the images', async () => {
    const trainer = using(new GanTrainer({ seed: 1, features: 16, device: 'cpu' }));
    const path = join(temporaryDirectory(), 'discriminator.onnx');
    writeFileSync(path, encodeOnnx('discriminator', await trainer.weights()));
    const describer = await onnxDescriber(path, image, runtime);
    expect(describer).toMatchObject({ name: 'discriminator', dims: 1, classes: 0 });
    const { data } = await trainer.generate(70);
    const { features, logits } = await describer.describe(data, 70);
    expect(logits).toBeNull();
    const expected = await trainer.discriminate(data);
    for (const [i, feature] of features.entries()) expect(feature).toBeCloseTo(expected[i]!, 4);
  });

  test('need a file that ONNX Runtime loads, and the runtime', async () => {
    const path = join(temporaryDirectory(), 'broken.onnx');
    writeFileSync(path, 'not a network');
    await expect(onnxDescriber(path, image, runtime)).rejects.toMatchObject({ code: 'ERR_FEATURES' });
    await expect(onnxDescriber('nowhere.onnx', image, runtime)).rejects.toMatchObject({
      code: 'ERR_FEATURES',
    });
    // It is no dependency of the package.
    await expect(onnxDescriber(path, image)).rejects.toMatchObject({
      code: 'ERR_FEATURES',
      message: expect.stringContaining('npm install onnxruntime-node'),
    });
  });
});

test('a classifier is of half precision, whose numbers are read as they were', async () => {
  const path = join(temporaryDirectory(), 'again.safetensors');
  const classifier: Classifier = await readClassifier(digitsClassifier);
  await writeClassifier(path, classifier);
  expect((await readClassifier(path)).state).toEqual(classifier.state);
});
