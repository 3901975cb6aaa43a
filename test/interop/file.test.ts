import { execFileSync } from 'node:child_process';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readGenerator } from '../../lib/interop/keras_read.js';
import { readSafetensors } from '../../lib/interop/safetensors.js';
import { temporaryDirectory } from '../support/cleanup.js';
import { formatRefusal, refusalOf } from './refusals.js';

let path: string;
beforeEach(() => {
  path = join(temporaryDirectory(), 'model');
});

describe.each([
  ['a file of Keras', readGenerator],
  ['a safetensors file', readSafetensors],
] as const)('in place of %s', (_, read: (path: string) => Promise<unknown>) => {
  it('a directory is refused', async () => {
    path = temporaryDirectory();
    expect(await refusalOf(read(path))).toEqual(formatRefusal(path, 'it is a directory, not a file.'));
  });

  it('a pipe is refused, rather than waited for', async () => {
    execFileSync('mkfifo', [path]);
    expect(await refusalOf(read(path))).toEqual(formatRefusal(path, 'it is a pipe or a device, not a file.'));
  });

  it('a device is refused, rather than read for ever', async () => {
    expect(await refusalOf(read('/dev/zero'))).toEqual(
      formatRefusal('/dev/zero', 'it is a pipe or a device, not a file.'),
    );
  });

  it('a file of two gigabytes is refused before any of it is read', async () => {
    writeFileSync(path, '');
    truncateSync(path, 2 ** 31);
    const before = process.memoryUsage().arrayBuffers;
    expect(await refusalOf(read(path))).toEqual(
      formatRefusal(path, 'its 2147483648 bytes are more than any such file has.'),
    );
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
  });

  it('an empty file is refused', async () => {
    writeFileSync(path, '');
    expect(await refusalOf(read(path))).toEqual(formatRefusal(path, ''));
  });

  it('a file that is not there is told to be missing', async () => {
    expect(await refusalOf(read(path))).toEqual(formatRefusal(path, 'there is no such file.'));
  });
});
