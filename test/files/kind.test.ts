import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { writeCheckpoint } from '../../lib/checkpoint/checkpoint.js';
import { kindBytes, kindOf } from '../../lib/files/kind.js';
import { encodeOnnx } from '../../lib/interop/onnx.js';
import { temporaryDirectory } from '../support/cleanup.js';
import { modelCheckpoint } from '../support/model_state.js';
import { zipBeginning } from '../support/zip_beginning.js';

const json = JSON.stringify({ step: 3, options: { seed: 1 } }, null, 2);

test.each([
  ['png', readFileSync(resolve('docs/images/samples.png'))],
  ['jpeg', Buffer.from('ffd8ffe000104a464946', 'hex')],
  ['hdf5', readFileSync(resolve('test/fixtures/keras-3-generator.h5'))],
  ['gzip', gzipSync('text')],
  ['pickle', Buffer.from('80028a0a6cfc9c46f920', 'hex')],
  ['onnx', encodeOnnx('generator', modelCheckpoint(1).state)],
  ['pytorch', zipBeginning('archive/data.pkl')],
  ['pytorch', zipBeginning('generator/.format_version')],
  ['npz', zipBeginning('arr_0.npy')],
  ['keras', zipBeginning('metadata.json')],
  ['zip', zipBeginning('notes.txt')],
  ['zip', Buffer.from('PK\x03\x04')],
  ['json', Buffer.from(json)],
  ['json', Buffer.from('[1, 2, 3]\n')],
])('a file of the kind %s is known by its first bytes', (id, bytes) => {
  expect(kindOf(bytes.subarray(0, kindBytes))?.id).toBe(id);
});

test.each([
  ['nothing', ''],
  ['text', 'a text that begins with { nothing }'],
  ['the length of a header that begins with the bytes of {" ', '{"\0\0\0\0\0\0{"__metadata__"'],
])('%s is of none of these kinds', (_, text) => {
  expect(kindOf(Buffer.from(text))).toBe(null);
});

test('a checkpoint is of none of these kinds', async () => {
  const path = join(temporaryDirectory(), 'a.safetensors');
  await writeCheckpoint(path, modelCheckpoint(1));
  expect(kindOf(readFileSync(path))).toBe(null);
});
