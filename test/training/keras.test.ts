import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Checkpoint, readCheckpoint } from '../../lib/checkpoint/checkpoint.js';
import { GanTrainer, type Weights } from '../../lib/index.js';
import { temporaryDirectory, using } from '../support/cleanup.js';
import { formulaImages, formulaNoise, formulaTensor } from '../support/keras-formula.js';

interface Slice {
  readonly norm: number;
  readonly changeNorm?: number;
  readonly stride: number;
  readonly slice: readonly number[];
  readonly changeSlice?: readonly number[];
}

interface Fixture {
  readonly options: { readonly batchSize: number; readonly latentSize: number; readonly dropout: number };
  readonly losses: readonly { readonly discriminator: number; readonly generator: number }[];
  readonly gradients: Record<string, Slice>;
  readonly after: Record<string, Slice>;
}

const fixture: Fixture = JSON.parse(
  readFileSync(join(__dirname, '..', 'fixtures', 'keras-step.json'), 'utf8'),
);

const every = (data: Float32Array, { stride, slice }: Slice) => slice.map((_, i) => data[i * stride]!);
const norm = (values: ArrayLike<number>) => Math.hypot(...Array.from(values));

/** ‖a − b‖ / ‖b‖. */
function relative(a: readonly number[], b: readonly number[]): number {
  return norm(a.map((value, i) => value - b[i]!)) / norm(b);
}

/** The norm of large arrays, where Math.hypot runs out of arguments. */
function wholeNorm(data: Float32Array): number {
  let sum = 0;
  for (const value of data) sum += value * value;
  return Math.sqrt(sum);
}

/** Three steps from the fixture's weights, on its images and noise. */
async function threeSteps() {
  const trainer = using(new GanTrainer({ ...fixture.options, seed: 0, device: 'cpu' }));
  const start: Record<string, { data: Float32Array; shape: readonly number[] }> = {};
  for (const [name, { shape }] of Object.entries(await trainer.weights())) {
    start[name] = { data: formulaTensor(name, shape), shape };
  }
  await trainer.setWeights(start);
  const directory = temporaryDirectory();
  const losses = [];
  const states: Checkpoint['state'][] = [];
  for (const step of [1, 2, 3]) {
    losses.push(await trainer.trainOnBatch(formulaImages(step), { noise: formulaNoise(step) }));
    const file = join(directory, `${step}.safetensors`);
    await trainer.save(file);
    states.push((await readCheckpoint(file)).state);
  }
  return { start: start as Weights, losses, first: states[0]!, last: states[2]! };
}

describe('three steps from Keras’s weights, in float32', () => {
  let ours: Awaited<ReturnType<typeof threeSteps>>;
  beforeAll(async () => {
    ours = await threeSteps();
  });

  it('have Keras’s losses within 1e-5', () => {
    for (const [i, { discriminator, generator }] of fixture.losses.entries()) {
      expect(Math.abs(ours.losses[i]!.discriminatorLoss - discriminator)).toBeLessThan(1e-5);
      expect(Math.abs(ours.losses[i]!.generatorLoss - generator)).toBeLessThan(1e-5);
    }
  });

  it.each(Object.entries(fixture.gradients))('have Keras’s gradient of %s within 1e-4', (name, wanted) => {
    // Adam's first moment after one step is (1 − β₁) times the gradient.
    const gradient = ours.first[`adam.m.${name}`]!.data.map((m) => m / 0.1);
    expect(relative(every(gradient, wanted), wanted.slice)).toBeLessThan(1e-4);
    expect(Math.abs(wholeNorm(gradient) / wanted.norm - 1)).toBeLessThan(1e-4);
  });

  const statistics = Object.entries(fixture.after).filter(([name]) => name.includes('.running_'));
  it.each(statistics)('have Keras’s %s within 1e-5', (name, wanted) => {
    expect(relative(every(ours.last[name]!.data, wanted), wanted.slice)).toBeLessThan(1e-5);
    expect(Math.abs(wholeNorm(ours.last[name]!.data) / wanted.norm - 1)).toBeLessThan(1e-5);
  });

  const trained = Object.entries(fixture.after).filter(([name]) => !name.includes('.running_'));
  it.each(trained)('change %s as Keras does, within 2e-2 of the change', (name, wanted) => {
    const before = ours.start[name]!.data;
    const change = ours.last[name]!.data.map((value, i) => value - before[i]!);
    expect(relative(every(change, wanted), wanted.changeSlice!)).toBeLessThan(2e-2);
    expect(Math.abs(wholeNorm(change) / wanted.changeNorm! - 1)).toBeLessThan(2e-2);
  });
});
