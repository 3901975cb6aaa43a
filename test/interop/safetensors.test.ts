import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeBody, viewTensors } from '../../lib/checkpoint/safetensors.js';
import { GanTrainer, type Weights } from '../../lib/index.js';
import { exportSafetensors } from '../../lib/interop/export.js';
import { readSafetensors } from '../../lib/interop/safetensors.js';
import { rawFile } from '../checkpoint/helpers.js';
import { temporaryDirectory, using } from '../support/cleanup.js';
import { differing, kerasFiles, kerasWeights } from './keras_models.js';
import { formatRefusal, mismatchRefusal, refusalOf } from './refusals.js';

let path: string;
beforeEach(() => {
  path = join(temporaryDirectory(), 'weights.safetensors');
});

/** A file as PyTorch's `save_file` writes it, with the counters of its batch normalisations. */
function torchFile(weights: Weights): Buffer {
  const counters = [1, 2, 3].map((index) => `generator.norm${index}.num_batches_tracked`);
  const body = Buffer.concat([Buffer.alloc(8 * counters.length, 1), ...encodeBody(weights)]);
  let offset = 0;
  const entry = (dtype: string, shape: readonly number[], bytes: number) => {
    offset += bytes;
    return { dtype, shape, data_offsets: [offset - bytes, offset] };
  };
  const header = Object.fromEntries([
    ...counters.map((name) => [name, entry('I64', [], 8)] as const),
    ...Object.entries(weights).map(
      ([name, { data, shape }]) => [name, entry('F32', shape, data.byteLength)] as const,
    ),
  ]);
  const text = JSON.stringify(header);
  return rawFile(text.padEnd(text.length + ((8 - (text.length % 8)) % 8)), body);
}

async function refusal(): Promise<{ code: string; message: string }> {
  return refusalOf(readSafetensors(path));
}

const format = (reason: string) => formatRefusal(path, reason);
const mismatch = (what: string) => mismatchRefusal(path, what);

it('what is exported and imported again is the same, bit for bit, dropout rate included', async () => {
  const trainer = using(
    new GanTrainer({ batchSize: 2, latentSize: 3, dropout: 0.1, seed: 9, device: 'cpu' }),
  );
  await trainer.trainOnBatch(new Uint8Array(2 * 784).fill(200));
  await trainer.exportSafetensors(path);
  const again = using(await GanTrainer.importSafetensors(path));
  expect(differing(await again.weights(), await trainer.weights())).toEqual([]);
  expect(again.options).toMatchObject({ latentSize: 3, dropout: 0.1 });
  expect(again.step).toBe(0);
});

it('an export holds the networks only, not the optimisers', async () => {
  const trainer = using(await GanTrainer.importKeras(kerasFiles('3')));
  await trainer.exportSafetensors(path);
  expect(differing((await readSafetensors(path)).weights, kerasWeights())).toEqual([]);
});

it('a file of PyTorch is read, its counters of batches left out', async () => {
  writeFileSync(path, torchFile(kerasWeights()));
  const { weights, dropout } = await readSafetensors(path);
  expect(differing(weights, kerasWeights())).toEqual([]);
  expect(dropout).toBeUndefined();
});

it.each([1, 2, 3])(
  'a header whose length is %i more than a multiple of 4 is as good as any',
  async (more) => {
    await exportSafetensors(path, { state: kerasWeights(), options: { dropout: 0 } });
    const whole = readFileSync(path);
    const bytes = Number(whole.readBigUInt64LE());
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(bytes + more));
    const header = whole.subarray(8, 8 + bytes);
    writeFileSync(path, Buffer.concat([length, header, Buffer.alloc(more, ' '), whole.subarray(8 + bytes)]));
    expect(differing((await readSafetensors(path)).weights, kerasWeights())).toEqual([]);
  },
);

it('tensors that are not aligned are copied out of a Buffer, too', () => {
  const body = Buffer.alloc(12 + 1);
  body.writeFloatLE(1.5, 5);
  const state = viewTensors([{ name: 'a', type: 'F32', shape: [1], begin: 4, end: 8 }], body.subarray(1));
  expect(state.a!.data).toEqual(Float32Array.of(1.5));
});

it('a checkpoint is no export, and can be used as it is', async () => {
  await using(new GanTrainer({ latentSize: 3, device: 'cpu' })).save(path);
  expect(await refusal()).toEqual(format('it is a checkpoint already: use it as it is.'));
});

it.each([0, 7, 100, 5000])('a file cut short at %i bytes is ERR_IMPORT_FORMAT', async (bytes) => {
  writeFileSync(path, torchFile(kerasWeights()));
  truncateSync(path, bytes);
  expect(await refusal()).toEqual(format(''));
});

it('a file of Keras is ERR_IMPORT_FORMAT', async () => {
  writeFileSync(path, readFileSync(kerasFiles('3').generator));
  expect(await refusal()).toEqual(format('it is an HDF5 file, as Keras writes, and no safetensors file.'));
});

it('a file that is not there is ERR_IMPORT_FORMAT', async () => {
  expect(await refusal()).toEqual(format('there is no such file.'));
});

it('numbers of another type are ERR_IMPORT_FORMAT', async () => {
  const header = { 'generator.dense.weight': { dtype: 'BF16', shape: [2], data_offsets: [0, 4] } };
  writeFileSync(path, rawFile(header, new Uint8Array(4)));
  expect(await refusal()).toEqual(
    format("tensor 'generator.dense.weight' has another type than F32 and F16."),
  );
});

describe('other tensors are ERR_IMPORT_MISMATCH, naming the tensor and both shapes:', () => {
  const changes: readonly [string, (weights: Record<string, Weights[string]>) => void, string][] = [
    [
      'one that is missing',
      (weights) => delete weights['generator.norm2.bias'],
      "the shape of tensor 'generator.norm2.bias' is missing, not [128]",
    ],
    [
      'one whose axes are in another order',
      (weights) => {
        const { data } = weights['generator.conv1.weight']!;
        weights['generator.conv1.weight'] = { data, shape: [128, 256, 5, 5] };
      },
      "the shape of tensor 'generator.conv1.weight' is [128, 256, 5, 5], not [256, 128, 5, 5]",
    ],
    [
      'one that there should not be',
      (weights) => {
        weights['generator.conv3.bias'] = { data: new Float32Array(1), shape: [1] };
      },
      "the shape of tensor 'generator.conv3.bias' is [1], not missing",
    ],
  ];

  it.each(changes)('%s', async (_, change, what) => {
    const weights = { ...kerasWeights() };
    change(weights);
    await exportSafetensors(path, { state: weights, options: { dropout: 0 } });
    expect(await refusal()).toEqual(mismatch(what));
  });
});
