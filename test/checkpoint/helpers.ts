import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Checkpoint } from '../../lib/checkpoint/checkpoint.js';
import { resolveOptions } from '../../lib/options.js';

/** A directory for the tests of one file, removed after them. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'dcgan-native-test-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A small checkpoint whose tensors depend on `step`; `values` is the size of the largest. */
export function smallCheckpoint(step: number, values = 24): Checkpoint {
  const data = Float32Array.from({ length: values }, (_, i) => Math.sin(step + i));
  return {
    options: resolveOptions({ seed: 7, batchSize: 8 }),
    step,
    data: { name: 'mnist "train"', sha256: 'ab'.repeat(32), count: 60_000 },
    state: {
      'generator.dense.weight': { data, shape: [2, values / 2] },
      'generator.empty': { data: new Float32Array(0), shape: [0, 3] },
      'adam.step': { data: Float32Array.of(step), shape: [] },
      'odd.values': { data: Float32Array.of(Number.NaN, -0, Number.POSITIVE_INFINITY, 1e-45), shape: [4] },
    },
    createdBy: 'dcgan-native 0.1.0, libtorch 2.13.0',
  };
}

/** The bits of every tensor, comparable where NaN is. */
export function bits(checkpoint: Checkpoint): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(checkpoint.state).map(([name, { data, shape }]) => [
      name,
      [shape, Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex')],
    ]),
  );
}

/** A file of this header, as text or as an object, and this body, with whatever is wrong in them. */
export function rawFile(header: string | object, body: Uint8Array = new Uint8Array(0)): Buffer {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, body]);
}

/** A checkpoint file with these metadata and tensors, and the digest that belongs to it. */
export function signedFile(
  metadata: Record<string, unknown>,
  tensors: object = {},
  body: Uint8Array = new Uint8Array(0),
): Buffer {
  const header = (sha256: string) => JSON.stringify({ __metadata__: { ...metadata, sha256 }, ...tensors });
  const digest = createHash('sha256')
    .update(header('0'.repeat(64)))
    .update(body)
    .digest('hex');
  return rawFile(header(digest), body);
}

/** Random numbers in [0, 1) that are the same every time (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
