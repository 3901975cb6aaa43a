const { join } = require('node:path');
const { tmpdir } = require('node:os');
const { GanTrainer, Generator } = require('dcgan-native');

test('trains and generates under jest', async () => {
  const checkpoint = join(tmpdir(), `dcgan-jest-${process.pid}.safetensors`);
  const trainer = new GanTrainer({ batchSize: 16, seed: 3, device: 'cpu' });
  const { step } = await trainer.fit(1, { steps: 2 });
  expect(step).toBe(2);
  await trainer.save(checkpoint);
  trainer.dispose();

  const generator = await Generator.load(checkpoint, { device: 'cpu' });
  const { data, shape } = await generator.generate(4, { seed: 1 });
  generator.dispose();
  expect(shape).toEqual([4, 28, 28, 1]);
  expect(data.every((value) => value >= -1 && value <= 1)).toBe(true);
}, 120_000);
