import { join } from 'node:path';
import { readCheckpoint, writeCheckpoint } from '../../lib/checkpoint/checkpoint.js';
import { type Checkpoint, readCheckpointFile, writeCheckpointFile } from '../../lib/checkpoint/file.js';
import { GanTrainer, Generator } from '../../lib/index.js';
import { modelTensors, type TensorState } from '../../lib/network/state.js';
import { using } from '../support/cleanup.js';
import { modelCheckpoint } from '../support/model_state.js';
import { temporaryDirectory } from './helpers.js';

const directory = temporaryDirectory();
const path = join(directory, 'a.safetensors');
const whole = modelCheckpoint(3);

const without = (isLeftOut: (name: string) => boolean): Checkpoint => ({
  ...whole,
  state: Object.fromEntries(Object.entries(whole.state).filter(([name]) => !isLeftOut(name))),
});
const withTensors = (tensors: TensorState): Checkpoint => ({
  ...whole,
  state: { ...whole.state, ...tensors },
});
const bias = whole.state['discriminator.conv1.bias']!;

test('the tensors that a model has are those of the native trainer', async () => {
  const trainer = using(new GanTrainer({ latentSize: 3, seed: 1, threads: 1 }));
  await trainer.save(path);
  const { state } = await readCheckpointFile(path);
  const shapes = Object.entries(state).map(([name, { shape }]) => [name, shape]);
  expect(Object.fromEntries(shapes)).toEqual(Object.fromEntries(modelTensors(trainer.options)));
});

const wrong: [string, Checkpoint, string][] = [
  [
    'a normalisation',
    without((name) => name.startsWith('generator.norm2.')),
    "lacks the tensor 'generator.norm2.weight'",
  ],
  ['the optimisers', without((name) => name.startsWith('adam.')), "lacks the tensor 'adam.m.generator.dense"],
  [
    'running statistics of a generator alone',
    without((name) => !name.startsWith('generator.') || name.endsWith('.running_var')),
    "lacks the tensor 'generator.norm1.running_var'",
  ],
  [
    'nothing, but has one more tensor',
    withTensors({ 'generator.norm4.weight': bias }),
    "'generator.norm4.weight' that belongs to no",
  ],
  [
    'nothing, but has one of another shape',
    withTensors({ 'discriminator.conv1.bias': { data: bias.data, shape: [8, 8] } }),
    "'discriminator.conv1.bias' is [8, 8], not [64]",
  ],
];

describe.each(wrong)('a checkpoint that lacks %s', (_, checkpoint, said) => {
  const refused = { code: 'ERR_CHECKPOINT_MISMATCH', message: expect.stringContaining(said) };

  test('is refused by the name of a tensor, whoever reads it', async () => {
    await writeCheckpointFile(path, checkpoint);
    await expect(readCheckpoint(path)).rejects.toMatchObject(refused);
    await expect(GanTrainer.load(path)).rejects.toMatchObject(refused);
    await expect(Generator.load(path)).rejects.toMatchObject(refused);
  });

  test('is not written', async () => {
    await expect(writeCheckpoint(path, checkpoint)).rejects.toMatchObject(refused);
  });
});

test('a generator alone draws, and is refused for training', async () => {
  await writeCheckpoint(
    path,
    without((name) => !name.startsWith('generator.')),
  );
  const generator = using(await Generator.load(path));
  expect((await generator.generate(2)).shape).toEqual([2, 28, 28, 1]);
  await expect(GanTrainer.load(path)).rejects.toMatchObject({
    code: 'ERR_CHECKPOINT_MISMATCH',
    message: expect.stringContaining('a generator alone'),
  });
});
