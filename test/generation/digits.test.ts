import { statSync } from 'node:fs';
import { join } from 'node:path';
import { readCheckpoint } from '../../lib/checkpoint/checkpoint.js';
import { digitsGenerator } from '../../lib/generation/generator.js';
import { PlainGenerator } from '../../lib/generation/plain_generator.js';
import { GanTrainer, Generator } from '../../lib/index.js';
import { exportAs } from '../../lib/interop/export.js';
import { drawingTensors } from '../../lib/network/tensors.js';
import { temporaryDirectory, using } from '../support/cleanup.js';

test('the generator of the package draws digits that cannot be told from real ones by far', async () => {
  const generator = using(await Generator.load());
  const { figures, histogram } = await generator.evaluate({ samples: 2000, nearest: false });
  // Of 2,000 real images FID is 3.6.
  expect(figures.fid!.value).toBeLessThan(4 * figures.fid!.floor);
  expect(figures.recall!.value).toBeGreaterThan(0.7);
  expect(Math.min(...histogram!)).toBeGreaterThan(100);
});

test('it is a checkpoint of a generator alone, of 2 to 5 MB, and JavaScript draws the same digits', async () => {
  expect(statSync(digitsGenerator).size).toBeLessThan(5e6);
  const { options, state } = await readCheckpoint(digitsGenerator);
  const generator = using(await Generator.load());
  const { data } = await generator.generate(3, { seed: 9 });
  const plain = new PlainGenerator(options, drawingTensors(state));
  const drawn = await plain.generate([{ count: 3, from: 9, labels: null }]);
  const worst = drawn.reduce((most, value, i) => Math.max(most, Math.abs(value - data[i]!)), 0);
  expect(worst).toBeLessThan(1e-4);
});

test('what is exported as a generator draws what the model draws, nearly', async () => {
  const directory = temporaryDirectory();
  const trainer = using(new GanTrainer({ batchSize: 8, features: 16, ema: 100, seed: 3, device: 'cpu' }));
  const batch = Uint8Array.from({ length: 8 * 784 }, (_, i) => (i * i) % 251);
  for (let i = 0; i < 3; i++) await trainer.trainOnBatch(batch);
  const [path] = await exportAs('generator', directory, await readCheckpoint(await trainer.save()));
  expect(path).toBe(join(directory, 'generator.safetensors'));
  const whole = (await trainer.save()).length;
  expect(statSync(path!).size).toBeLessThan(whole / 5);
  const generator = using(await Generator.load(path!));
  const [{ data: one }, { data: other }] = [
    await trainer.generate(4, { seed: 1 }),
    await generator.generate(4, { seed: 1 }),
  ];
  const apart = one.reduce((sum, value, i) => sum + Math.abs(value - other[i]!), 0) / one.length;
  expect(apart).toBeLessThan(0.01);
  // It draws, and is not trained on.
  await expect(GanTrainer.load(path!)).rejects.toMatchObject({ code: 'ERR_CHECKPOINT_MISMATCH' });
});

test('a generator is exported to ONNX, into a directory that is made', async () => {
  const file = join(temporaryDirectory(), 'web', 'generator.onnx');
  const generator = using(await Generator.load());
  await generator.exportOnnx(file);
  expect(statSync(file).size).toBeGreaterThan(1e6);
});
