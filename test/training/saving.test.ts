import { createReadStream, createWriteStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { GanTrainer, type ImageSource, images as imagesOf } from '../../lib/index.js';
import { temporaryDirectory, using } from '../support/cleanup.js';
import { smallMnist } from '../support/small_mnist.js';

const data = smallMnist(32);
const trainerOf = () => using(new GanTrainer({ batchSize: 8, seed: 7, device: 'cpu', data }));

async function trained(): Promise<GanTrainer> {
  const trainer = trainerOf();
  await trainer.fit({ steps: 2 });
  return trainer;
}

const bytesOf = (trainer: GanTrainer): Promise<Buffer> => trainer.save();

describe('a checkpoint', () => {
  test('is the same in a file, in a Buffer and through a stream; missing directories are made', async () => {
    const trainer = await trained();
    const root = temporaryDirectory();
    const [file, streamed] = [join(root, 'a/b/c.safetensors'), join(root, 'streamed')];
    await trainer.save(file);
    await trainer.save(createWriteStream(streamed));
    const bytes = await trainer.save();
    expect([readFileSync(file), readFileSync(streamed)].map((other) => other.equals(bytes))).toEqual([
      true,
      true,
    ]);
  });

  test('is loaded from a path, bytes or a stream, and goes on alike', async () => {
    const trainer = await trained();
    const file = join(temporaryDirectory(), 'a.safetensors');
    await trainer.save(file);
    await trainer.fit({ steps: 2 });
    const wanted = await bytesOf(trainer);
    for (const input of [file, readFileSync(file), createReadStream(file)]) {
      const loaded = using(await GanTrainer.load(input, { data }));
      await loaded.fit({ steps: 2 });
      expect((await bytesOf(loaded)).equals(wanted)).toBe(true);
    }
  });

  test('that is cut short or is none is refused, whatever it comes in', async () => {
    const bytes = await (await trained()).save();
    const cut = bytes.subarray(0, bytes.length - 1);
    await expect(GanTrainer.load(cut)).rejects.toMatchObject({
      code: 'ERR_CHECKPOINT_FORMAT',
      message: expect.stringMatching(/^<buffer> is not a usable checkpoint: /),
    });
    await expect(GanTrainer.load(Readable.from([cut]))).rejects.toMatchObject({
      code: 'ERR_CHECKPOINT_FORMAT',
      message: expect.stringMatching(/^<stream> is not a usable checkpoint: /),
    });
    const failing = new PassThrough().destroy(new Error('lost'));
    await expect(GanTrainer.load(failing)).rejects.toMatchObject({ code: 'ERR_CHECKPOINT_READ' });
    const none = { no: 'checkpoint' } as unknown as string;
    await expect(GanTrainer.load(none)).rejects.toMatchObject({ code: 'ERR_OPTION' });
  });

  test('that a stream does not take is an error', async () => {
    const broken = new Writable({ write: (_, __, done) => done(new Error('gone')) });
    await expect((await trained()).save(broken)).rejects.toMatchObject({
      code: 'ERR_OUTPUT',
      message: 'Cannot write <stream>: gone.',
    });
  });
});

describe('setWeights', () => {
  test.each(['a path', 'a Buffer', 'a stream'])('takes the networks of a checkpoint: %s', async (kind) => {
    const trainer = await trained();
    const file = join(temporaryDirectory(), 'a.safetensors');
    await trainer.save(file);
    const input =
      kind === 'a path' ? file : kind === 'a Buffer' ? readFileSync(file) : createReadStream(file);
    const other = trainerOf();
    await other.setWeights(input);
    expect(await other.weights()).toEqual(await trainer.weights());
    expect(other.step).toBe(0);
  });
});

describe('setLearningRate', () => {
  test('trains on as a trainer does that was loaded with the other rate', async () => {
    const trainer = await trained();
    const loaded = using(await GanTrainer.load(await trainer.save(), { data, learningRate: 3e-5 }));
    await trainer.setLearningRate(3e-5);
    expect(trainer.options.learningRate).toBe(3e-5);
    for (const each of [trainer, loaded]) await each.fit({ steps: 3 });
    expect((await bytesOf(trainer)).equals(await bytesOf(loaded))).toBe(true);
  });

  test('is refused while it trains, and for what is no rate', async () => {
    const trainer = trainerOf();
    const run = trainer.fit(1);
    await expect(trainer.setLearningRate(1e-3)).rejects.toMatchObject({ code: 'ERR_BUSY' });
    await run;
    for (const rate of [0, -1, Number.NaN, '1' as unknown as number]) {
      await expect(trainer.setLearningRate(rate)).rejects.toMatchObject({ code: 'ERR_OPTION' });
    }
    expect(trainer.options.learningRate).toBe(1e-4);
  });
});

describe('what a checkpoint was to be trained on', () => {
  test('is gone on with, also when no step on it was taken yet', async () => {
    const trainer = using(new GanTrainer({ batchSize: 8, device: 'cpu', data: 'mnist-test' }));
    await trainer.trainOnBatch(new Uint8Array(8 * 784).fill(90));
    const loaded = using(await GanTrainer.load(await trainer.save()));
    await loaded.fit({ steps: 1 });
    // 10,000 images, not MNIST's 60,000.
    expect(loaded.stepsPerEpoch).toBe(1250);
  });

  test('must be given anew when it was of the caller, rather than being MNIST', async () => {
    const pixels = new Uint8Array(16 * 784).fill(7);
    const mine = imagesOf({ name: 'mine', pixels });
    const trainer = using(new GanTrainer({ batchSize: 8, device: 'cpu', data: mine }));
    const loaded = using(await GanTrainer.load(await trainer.save()));
    await expect(loaded.fit({ steps: 1 })).rejects.toMatchObject({
      code: 'ERR_DATA_NOT_FOUND',
      message: expect.stringContaining("'mine'"),
    });
    const given = using(await GanTrainer.load(await trainer.save(), { data: mine }));
    expect((await given.fit({ steps: 1 })).steps).toBe(1);
  });

  test('may have no name, and is saved and loaded all the same', async () => {
    const load = async () => ({ name: 'loaded', count: 8, pixels: new Uint8Array(8 * 784) });
    const nameless = { load } as unknown as ImageSource;
    const trainer = using(new GanTrainer({ batchSize: 8, device: 'cpu', data: nameless }));
    await trainer.fit({ steps: 1 });
    expect(using(await GanTrainer.load(await trainer.save(), { data: nameless })).step).toBe(1);
  });
});
