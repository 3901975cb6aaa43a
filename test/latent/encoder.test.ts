import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type EncoderProgress, Generator } from '../../lib/index.js';
import { readEncoder } from '../../lib/latent/encoder_file.js';
import { temporaryDirectory, using } from '../support/cleanup.js';
import { smallCheckpoint } from './support.js';

const training = { steps: 60, width: 16, batchSize: 16 };

test('an encoder learns what a generator draws, is found beside its checkpoint, and guesses at once', async () => {
  const checkpoint = await smallCheckpoint();
  const file = join(dirname(checkpoint), 'encoder.safetensors');
  const generator = using(await Generator.load(checkpoint, { device: 'cpu' }));
  const told: EncoderProgress[] = [];
  await generator.trainEncoder(file, { ...training, onProgress: (progress) => told.push(progress) });
  expect(told.at(-1)).toMatchObject({ done: 60, of: 60 });
  expect(told.at(-1)!.latentLoss).toBeLessThan(told[0]!.latentLoss);
  expect(await readEncoder(file)).toMatchObject({
    imageSize: 16,
    channels: 3,
    latentSize: 8,
    classes: 3,
    features: 16,
  });

  const { data } = await generator.generate(4, { seed: 3 });
  const guessed = await generator.project(data, { steps: 0 });
  const none = generator.project(data, { steps: 0, encoder: false });
  await expect(none).rejects.toMatchObject({ code: 'ERR_OPTION' });
  expect(guessed.labels).toHaveLength(4);
  const polished = await generator.project(data, { starts: 1, steps: 60, seed: 1 });
  for (const [i, error] of polished.errors.entries()) expect(error).toBeLessThanOrEqual(guessed.errors[i]!);

  // The same seed trains the same.
  const again = join(dirname(checkpoint), 'again.safetensors');
  await generator.trainEncoder(again, training);
  expect(readFileSync(again)).toEqual(readFileSync(file));
});

test('an encoder of another generator is refused where it is named, and passed over where it was found', async () => {
  const checkpoint = await smallCheckpoint();
  const file = join(dirname(checkpoint), 'encoder.safetensors');
  const generator = using(await Generator.load(checkpoint, { device: 'cpu' }));
  await generator.trainEncoder(file, { ...training, steps: 1 });
  const bytes = readFileSync(file);
  const digest = (await readEncoder(file)).generator;
  const other = bytes.toString('latin1').replace(digest, 'f'.repeat(64));
  writeFileSync(file, Buffer.from(other, 'latin1'));
  const notices: string[] = [];
  const onNotice = (notice: string) => notices.push(notice);
  const loaded = using(await Generator.load(checkpoint, { device: 'cpu', onNotice }));
  const { data } = await loaded.generate(1, { seed: 3 });
  await expect(loaded.project(data, { encoder: file, steps: 2 })).rejects.toMatchObject({
    code: 'ERR_LATENTS',
  });
  expect((await loaded.project(data, { starts: 1, steps: 2 })).errors).toHaveLength(1);
  expect(notices.join()).toContain(`${file} is the encoder of another generator.`);
});

test('a training ends after some seconds, or with its abort, and then leaves no file', async () => {
  const checkpoint = await smallCheckpoint();
  const generator = using(await Generator.load(checkpoint, { device: 'cpu' }));
  const file = join(dirname(checkpoint), 'new.safetensors');
  const controller = new AbortController();
  const reason = new Error('enough');
  const stopped = generator.trainEncoder(file, {
    signal: controller.signal,
    onProgress: () => controller.abort(reason),
  });
  await expect(stopped).rejects.toBe(reason);
  expect(() => readFileSync(file)).toThrow();
  const began = performance.now();
  await generator.trainEncoder(file, { seconds: 0.5, width: 16 });
  expect(performance.now() - began).toBeLessThan(20_000);
  expect(readFileSync(file).length).toBeGreaterThan(1000);
  await expect(generator.trainEncoder(file, { width: 17 })).rejects.toMatchObject({ code: 'ERR_OPTION' });
});

test.each([
  ['is cut', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
  ['is empty', () => Buffer.alloc(0)],
  [
    'is of another program',
    (bytes: Buffer) => changed(bytes, 'dcgan-native-encoder', 'dcgan-native-encodeR'),
  ],
  [
    'is of another version',
    (bytes: Buffer) => changed(bytes, '"format_version":"1"', '"format_version":"9"'),
  ],
  ['is of another width', (bytes: Buffer) => changed(bytes, '\\"features\\":16', '\\"features\\":32')],
])('a file that %s is ERR_LATENTS', async (_, damage) => {
  const generator = using(await Generator.load(await smallCheckpoint(), { device: 'cpu' }));
  const file = join(temporaryDirectory(), 'encoder.safetensors');
  await generator.trainEncoder(file, { ...training, steps: 1 });
  writeFileSync(file, damage(readFileSync(file)));
  await expect(readEncoder(file)).rejects.toMatchObject({ code: 'ERR_LATENTS', value: file });
});

function changed(bytes: Buffer, from: string, to: string): Buffer {
  return Buffer.from(bytes.toString('latin1').replace(from, to), 'latin1');
}
