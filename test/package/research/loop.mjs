/**
 * loop.mjs DIRECTORY: what a researcher does who has data, noise and a schedule of their own, with the packed package. It
 * prints what was found as JSON; the test says what should have been.
 */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { GanTrainer, Generator, images } from 'dcgan-native';

const directory = process.argv[2];
const batchSize = 16;
const latentSize = 20;
const options = { batchSize, latentSize, seed: 5, device: 'cpu', threads: 1 };

/** Bright squares on black: [count, 28, 28]. */
function squares(count) {
  const pixels = new Uint8Array(count * 784);
  for (let i = 0; i < count; i++) {
    const [top, left] = [i % 17, (7 * i) % 19];
    for (let y = top; y < top + 9; y++)
      pixels.fill(255, i * 784 + y * 28 + left, i * 784 + y * 28 + left + 9);
  }
  return pixels;
}

const pixels = squares(5 * batchSize);
const written = { name: 'squares', load: async () => ({ name: 'squares', count: 5 * batchSize, pixels }) };
const made = images({ name: 'squares', pixels });

/** Normally distributed numbers of a generator with a seed (mulberry32, Box and Muller). */
function normal(seed, length) {
  let state = seed;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return Float32Array.from(
    { length },
    () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}

const digest = (bytes) => createHash('sha256').update(bytes).digest('hex');
const state = async (trainer) => digest(await trainer.save());
const codeOf = (promise) =>
  promise.then(
    () => 'none',
    ({ code, message }) => ({ code, message }),
  );

/** What `use` gives of a trainer, which is disposed of. */
async function withTrainer(trainer, use) {
  try {
    return await use(trainer);
  } finally {
    trainer.dispose();
  }
}

const train = (data) =>
  withTrainer(new GanTrainer({ ...options, data }), async (trainer) => {
    const { steps, step } = await trainer.fit({ steps: 7 });
    return { steps, step, state: await state(trainer) };
  });

/** Own batches, own noise, a rate that falls with each step. */
const schedule = () =>
  withTrainer(new GanTrainer(options), async (trainer) => {
    const rates = [];
    for (let step = 0; step < 4; step++) {
      await trainer.setLearningRate(4e-4 / (step + 1));
      rates.push(trainer.options.learningRate);
      const batch = pixels.subarray(step * batchSize * 784, (step + 1) * batchSize * 784);
      await trainer.trainOnBatch(batch, { noise: normal(step, batchSize * latentSize) });
    }
    return { rates, state: await state(trainer) };
  });

async function goOn() {
  const first = new GanTrainer({ ...options, data: made });
  await first.fit({ steps: 3 });
  await first.setLearningRate(3e-4);
  const bytes = await first.save();
  const second = await GanTrainer.load(bytes, { data: written });
  const { learningRate } = second.options;
  const loaded = await state(second);
  await Promise.all([first.fit({ steps: 4 }), second.fit({ steps: 4 })]);
  const [a, b] = [await state(first), await state(second)];

  const noise = normal(9, 4 * latentSize);
  const generator = await Generator.load(await second.save(), { device: 'cpu', threads: 1 });
  const [drawn, again] = [await first.generate(4, { noise }), await generator.generate(4, { noise })];
  for (const opened of [first, second, generator]) opened.dispose();
  return {
    loaded: loaded === digest(bytes),
    learningRate,
    wentOn: a === b && a !== loaded,
    drawn: digest(drawn.data) === digest(again.data),
  };
}

const exported = () =>
  withTrainer(new GanTrainer({ ...options, data: made }), async (trainer) => {
    await trainer.fit({ steps: 1 });
    const onnx = join(directory, 'models', 'onnx', 'generator.onnx');
    await trainer.exportOnnx(onnx);
    const keras = await trainer.exportKeras(join(directory, 'models', 'keras'));
    const mine = await trainer.weights();
    const theirs = await withTrainer(await GanTrainer.importKeras(keras), (imported) => imported.weights());
    const other = Object.keys(mine).filter((name) => digest(mine[name].data) !== digest(theirs[name].data));
    return { onnx: statSync(onnx).size, other };
  });

const refused = () =>
  withTrainer(new GanTrainer(options), async (trainer) => {
    const batch = Float32Array.from(pixels.subarray(0, batchSize * 784), (pixel) => pixel / 127.5 - 1);
    await trainer.trainOnBatch(batch);
    const before = await state(trainer);
    const holed = batch.slice();
    holed[3 * 784 + 5] = Number.NaN;
    const brighter = batch.map((value) => value * 255);
    const noise = normal(1, batchSize * latentSize).fill(Number.NaN, 0, 1);
    const errors = [
      await codeOf(trainer.trainOnBatch(holed)),
      await codeOf(trainer.trainOnBatch(brighter)),
      await codeOf(trainer.trainOnBatch(batch, { noise })),
      await codeOf(trainer.trainOnBatch(batch, { nosie: normal(1, batchSize * latentSize) })),
    ];
    return { errors, step: trainer.step, unchanged: (await state(trainer)) === before };
  });

/** A rate that no training bears, until a step fails; and from what was saved before it, on with another one. */
const diverging = () =>
  withTrainer(new GanTrainer({ ...options, data: made }), async (trainer) => {
    await trainer.fit({ steps: 2 });
    const good = await trainer.save();
    await trainer.setLearningRate(1e4);
    let before = good;
    let error = 'none';
    while (error === 'none' && trainer.step < 50) {
      before = await trainer.save();
      error = await codeOf(trainer.trainOnBatch(pixels.subarray(0, batchSize * 784)));
    }
    const unchanged = (await trainer.save()).equals(before);
    const { data } = await trainer.generate(1);
    const again = await GanTrainer.load(good, { learningRate: 1e-4, data: made });
    const { step } = await withTrainer(again, (recovered) => recovered.fit({ steps: 1 }));
    return { error, unchanged, drawn: data.every(Number.isFinite), step };
  });

const found = {
  made: await train(made),
  written: await train(written),
  schedules: [await schedule(), await schedule()],
  goOn: await goOn(),
  exported: await exported(),
  refused: await refused(),
  diverging: await diverging(),
};
process.stdout.write(`${JSON.stringify(found)}\n`);
