import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Network } from '../../lib/index.js';
import { exportOnnx, exportSafetensors } from '../../lib/interop/export.js';
import { temporaryDirectory } from '../support/cleanup.js';
import { modelCheckpoint } from '../support/model_state.js';

const source = modelCheckpoint(1);

test('directories that are not there are made', async () => {
  const directory = join(temporaryDirectory(), 'not', 'there');
  await exportOnnx('generator', join(directory, 'onnx', 'generator.onnx'), source);
  await exportSafetensors(join(directory, 'safetensors', 'weights.safetensors'), source);
  expect(readdirSync(directory, { recursive: true })).toEqual([
    'onnx',
    'safetensors',
    join('onnx', 'generator.onnx'),
    join('safetensors', 'weights.safetensors'),
  ]);
});

test('a directory that cannot be made is ERR_OUTPUT', async () => {
  const file = join(temporaryDirectory(), 'file');
  writeFileSync(file, '');
  const refusal = { code: 'ERR_OUTPUT', value: file };
  await expect(exportOnnx('generator', join(file, 'a.onnx'), source)).rejects.toMatchObject(refusal);
  await expect(exportSafetensors(join(file, 'a.safetensors'), source)).rejects.toMatchObject(refusal);
});

test.each(['both', 'Generator', '', null])(
  'the network %p is refused, and nothing is written',
  async (network) => {
    const path = join(temporaryDirectory(), 'not-there', 'a.onnx');
    await expect(exportOnnx(network as Network, path, source)).rejects.toMatchObject({
      code: 'ERR_OPTION',
      value: network,
      message: expect.stringContaining(`'generator' or 'discriminator', not ${JSON.stringify(network)}`),
    });
    expect(existsSync(join(path, '..'))).toBe(false);
  },
);
