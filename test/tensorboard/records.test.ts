import { record } from '../../lib/tensorboard/records.js';
import { recordsIn } from './helpers.js';

test('what is framed is read again, with the sums that belong to it', () => {
  const all = [0, 1, 255, 70_000].map((size) =>
    Buffer.from(Uint8Array.from({ length: size }, (_, i) => i * i)),
  );
  expect(recordsIn(Buffer.concat(all.map(record)))).toEqual(all);
});

test('the bytes of a record are those that TensorBoard writes', () => {
  // By the RecordWriter of TensorBoard 2.21: an event that holds its file_version.
  const data = Buffer.from('1a0d627261696e2e4576656e743a32', 'hex');
  expect(record(data).toString('hex')).toBe('0f000000000000006d532b091a0d627261696e2e4576656e743a32fc985129');
});
