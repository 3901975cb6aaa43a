import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { importKeras } from '../../lib/interop/import.js';
import { readDiscriminator, readGenerator } from '../../lib/interop/keras_read.js';
import { temporaryDirectory } from '../support/cleanup.js';
import { compilePackage } from '../support/compile_package.js';
import { differing, kerasFiles, kerasWeights } from './keras_models.js';
import { refusalOf } from './refusals.js';

const mutations = 30 * Number(process.env.DCGAN_REPEAT ?? 1);
/** Milliseconds: the limit of the reader, and some for a busy machine. */
const patience = 75_000;

/** Numbers in [0, 1), the same every time (Mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A damaged copy: some bytes, or words, are others, mostly where the format keeps what it needs to find its way. */
function damaged(whole: Buffer, random: () => number): Buffer {
  const below = (limit: number) => Math.floor(random() * limit);
  const bytes = Buffer.from(whole);
  const reach = random() < 0.7 ? 8192 : bytes.length - 8;
  for (let count = 1 + below(8); count > 0; count--) {
    // The signature stays: without it nothing is read.
    const at = 8 + below(reach - 8);
    const kind = below(4);
    if (kind === 0) bytes[at] = below(256);
    else if (kind === 1) bytes[at]! ^= 1 << below(8);
    else if (kind === 2) bytes.fill(below(2) * 255, at, at + 8);
    else bytes.copy(bytes, at, 8 + below(reach - 8), 8 + below(reach - 8) + 16);
  }
  return random() < 0.1 ? bytes.subarray(0, below(bytes.length)) : bytes;
}

const readerOf = (path: string): ((path: string) => Promise<unknown>) =>
  basename(path).includes('generator') ? readGenerator : readDiscriminator;

describe.each((['2', '3'] as const).flatMap((version) => Object.values(kerasFiles(version))))(
  'damaged copies of %s',
  (source) => {
    it('are read or refused, each in bounded time, and a good file can be read afterwards', async () => {
      const directory = temporaryDirectory();
      const whole = readFileSync(source);
      const random = generator(source.length);
      const codes: string[] = [];
      let longest = 0;
      const copies = Array.from({ length: mutations }, () => damaged(whole, random)).entries();
      // Two at once.
      const work = async () => {
        for (const [i, bytes] of copies) {
          const path = join(directory, `${i}.h5`);
          writeFileSync(path, bytes);
          const start = performance.now();
          const { code } = await refusalOf(readerOf(source)(path));
          longest = Math.max(longest, performance.now() - start);
          codes.push(code);
        }
      };
      await Promise.all([work(), work()]);
      expect(codes.filter((code) => !/^(none|ERR_IMPORT_(FORMAT|MISMATCH))$/.test(code))).toEqual([]);
      expect([codes.length, codes.includes('ERR_IMPORT_FORMAT')]).toEqual([mutations, true]);
      expect(longest).toBeLessThan(patience);
      const { state } = await importKeras(kerasFiles('3'));
      const networks = Object.entries(state).filter(([name]) => !name.startsWith('adam.'));
      expect(differing(Object.fromEntries(networks), kerasWeights())).toEqual([]);
    }, 600_000);
  },
);

it('in a compiled package, and in a thread of it, files are read as well', async () => {
  const root = compilePackage(join(temporaryDirectory(), 'package'));
  const script = `
    const { parentPort, workerData } = require('node:worker_threads');
    const { importKeras } = require(workerData.module);
    importKeras(workerData.files).then(
      ({ options, state }) => parentPort.postMessage([options.latentSize, Object.keys(state).length]),
      (error) => parentPort.postMessage(error.message),
    );`;
  const workerData = { module: join(root, 'dist', 'interop', 'import.js'), files: kerasFiles('3') };
  const worker = new Worker(script, { eval: true, workerData });
  const said = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  expect(said).toEqual([4, 54]);
});
