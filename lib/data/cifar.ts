import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DcganError } from '../errors.js';
import { openRegular } from '../files/regular.js';
import type { PackedImages } from './packed.js';

/**
 * The binary version of CIFAR-10 (https://www.cs.toronto.edu/~kriz/cifar.html): records of a label and 3 planes of 32×32
 * bytes, red, green and blue, 10,000 in each of the files.
 */
const size = 32;
const planeBytes = size * size;
const recordBytes = 1 + 3 * planeBytes;
const trainingFile = /^data_batch_\d+\.bin$/;
const mostBytes = 2 ** 31;

/** The training files among those of a directory, in their order. */
export async function cifarFiles(directory: string): Promise<string[]> {
  const names = (await readdir(directory)).filter((name) => trainingFile.test(name)).sort();
  return names.map((name) => join(directory, name));
}

/** Reads such files as one set. @throws DcganError ERR_DATA_FORMAT, ERR_DATA_NOT_FOUND. */
export async function readCifar(directory: string, files: readonly string[]): Promise<PackedImages> {
  const batches: Buffer[] = [];
  for (const path of files) batches.push(await readBatch(path));
  const count = batches.reduce((sum, { length }) => sum + length / recordBytes, 0);
  const pixels = new Uint8Array(count * 3 * planeBytes);
  const labels = new Uint16Array(count);
  let image = 0;
  for (const batch of batches) {
    for (let at = 0; at < batch.length; at += recordBytes, image++) {
      labels[image] = batch[at]!;
      for (let plane = 0; plane < 3; plane++) {
        for (let i = 0; i < planeBytes; i++) {
          pixels[(image * planeBytes + i) * 3 + plane] = batch[at + 1 + plane * planeBytes + i]!;
        }
      }
    }
  }
  const classNames = await readNames(directory);
  return { shape: [count, size, size, 3], pixels, labels, ...(classNames && { classNames }) };
}

async function readBatch(path: string): Promise<Buffer> {
  const refuse = (what: string) =>
    new DcganError('ERR_DATA_FORMAT', `${path} ${what}. Fetch it again.`, { value: path });
  const { file, size: bytes } = await openRegular(path, () => refuse('is not a regular file'));
  try {
    if (bytes > mostBytes) throw refuse('is larger than any such file');
    const content = await file.readFile();
    const whole = content.length > 0 && content.length % recordBytes === 0;
    if (whole) return content;
    throw refuse(`holds ${content.length} bytes, which are no whole records of CIFAR-10`);
  } finally {
    await file.close();
  }
}

/** A name a line; null where that file is missing. */
async function readNames(directory: string): Promise<string[] | null> {
  const text = await readFile(join(directory, 'batches.meta.txt'), 'utf8').catch(() => null);
  const names = text?.split('\n').filter((line) => line.trim() !== '');
  return names?.length === 10 ? names : null;
}
