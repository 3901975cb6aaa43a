import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Checkpoint } from '../../lib/checkpoint/file.js';
import {
  readCheckpointFile as readCheckpoint,
  writeCheckpointFile as writeCheckpoint,
} from '../../lib/checkpoint/file.js';
import { DcganError } from '../../lib/errors.js';
import { zipBeginning } from '../support/zip_beginning.js';
import { bits, rawFile, seededRandom, signedFile, smallCheckpoint, temporaryDirectory } from './helpers.js';

const directory = temporaryDirectory();
const original = smallCheckpoint(468);
const good = join(directory, 'good.safetensors');
const other = join(directory, 'other.safetensors');

beforeAll(() => writeCheckpoint(good, original));

const metadata = {
  format: 'dcgan-native',
  format_version: '1',
  options: JSON.stringify(original.options),
  step: '468',
  data: 'null',
};

async function read(bytes: Uint8Array) {
  writeFileSync(other, bytes);
  return readCheckpoint(other);
}

const refusal = (code: string, said: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(said) });

describe('a checkpoint', () => {
  test('is read as it was written, bit for bit', async () => {
    const { state, ...rest } = await readCheckpoint(good);
    const { state: _, ...wanted } = original;
    expect(rest).toEqual(wanted);
    expect(bits({ ...rest, state })).toEqual(bits(original));
  });

  test('may have no data and no versions', async () => {
    const { createdBy: _, ...rest } = original;
    await writeCheckpoint(other, { ...rest, data: null });
    expect(await readCheckpoint(other)).toMatchObject({ data: null, createdBy: undefined });
  });

  test('is a safetensors file by the letter of the format', () => {
    const bytes = readFileSync(good);
    const headerBytes = Number(bytes.readBigUInt64LE());
    const { __metadata__, ...tensors } = JSON.parse(bytes.toString('utf8', 8, 8 + headerBytes));
    const body = bytes.subarray(8 + headerBytes);
    expect(__metadata__).toMatchObject({ format: 'dcgan-native', format_version: '1', step: '468' });
    let offset = 0;
    for (const [name, { data, shape }] of Object.entries(original.state)) {
      expect(tensors[name]).toEqual({
        dtype: 'F32',
        shape,
        data_offsets: [offset, offset + data.byteLength],
      });
      data.forEach((value, i) => {
        expect(body.readFloatLE(offset + 4 * i)).toBe(value);
      });
      offset += data.byteLength;
    }
    expect(body.length).toBe(offset);
  });

  test('carries the SHA-256 of header and body, taken with zeros in its own place', () => {
    const bytes = readFileSync(good);
    const text = bytes.toString('latin1', 8);
    const { sha256 } = JSON.parse(text.slice(0, Number(bytes.readBigUInt64LE()))).__metadata__;
    const zeroed = Buffer.from(text.replace(sha256, '0'.repeat(64)), 'latin1');
    expect(sha256).toBe(createHash('sha256').update(zeroed).digest('hex'));
  });

  test('lets the event loop turn while it is written', async () => {
    let turns = 0;
    let writing = true;
    const turn = () => {
      turns++;
      if (writing) setImmediate(turn);
    };
    setImmediate(turn);
    await writeCheckpoint(other, smallCheckpoint(1, 1 << 20));
    writing = false;
    expect(turns).toBeGreaterThan(16);
  });
});

describe('readCheckpointFile', () => {
  test('says when there is no such file', async () => {
    const missing = join(directory, 'missing.safetensors');
    await expect(readCheckpoint(missing)).rejects.toMatchObject({
      code: 'ERR_CHECKPOINT_NOT_FOUND',
      value: missing,
    });
    await expect(readCheckpoint(join(good, 'below'))).rejects.toMatchObject({
      code: 'ERR_CHECKPOINT_NOT_FOUND',
    });
  });

  test('says when it is given a directory', async () => {
    await expect(readCheckpoint(directory)).rejects.toEqual(
      refusal('ERR_CHECKPOINT_FORMAT', /is a directory/),
    );
  });

  test.each([
    [
      'a PNG picture',
      readFileSync('docs/images/samples.png'),
      /Name a checkpoint, or the directory of a run\./,
    ],
    [
      'an HDF5 file, as Keras writes',
      readFileSync('test/fixtures/keras-3-generator.h5'),
      /import --format keras/,
    ],
    ['a file of PyTorch', zipBeginning('archive/data.pkl'), /import --format safetensors/],
    ['an archive of NumPy', zipBeginning('arr_0.npy'), /Name a checkpoint/],
    ['a JSON file', Buffer.from('{ "model": {} }'), /the directory of a run/],
    ['a gzip file', gzipSync(Buffer.alloc(100_000)), /Unpack it/],
  ])('says that it is given %s, and what to do', async (kind, bytes, remedy) => {
    const error = await read(bytes).catch((refused: DcganError) => refused);
    expect(error).toMatchObject({ code: 'ERR_CHECKPOINT_FORMAT', value: other });
    expect((error as DcganError).message).toMatch(remedy);
    expect((error as DcganError).message).toContain(`${other} is ${kind}, not a checkpoint.`);
  });

  test('says when it is given a device', async () => {
    await expect(readCheckpoint('/dev/zero')).rejects.toEqual(
      refusal('ERR_CHECKPOINT_FORMAT', /is a device/),
    );
  });

  test('says when it is given a pipe, rather than wait for its writer', async () => {
    const pipe = join(directory, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await expect(readCheckpoint(pipe)).rejects.toEqual(refusal('ERR_CHECKPOINT_FORMAT', /is a device/));
  });

  test('names the file in every refusal', async () => {
    await expect(read(Buffer.alloc(3))).rejects.toEqual(
      refusal('ERR_CHECKPOINT_FORMAT', /other\.safetensors .*too short/),
    );
  });

  test('refuses every truncation', async () => {
    const bytes = readFileSync(good);
    for (let length = 0; length < bytes.length; length += 7) {
      await expect(read(bytes.subarray(0, length))).rejects.toMatchObject({ code: 'ERR_CHECKPOINT_FORMAT' });
    }
  });

  test('notices any one bit that flips in the body', async () => {
    const bytes = readFileSync(good);
    const bodyStart = 8 + Number(bytes.readBigUInt64LE());
    for (let at = bodyStart; at < bytes.length; at++) {
      const flipped = Buffer.from(bytes);
      flipped[at]! ^= 1 << (at % 8);
      await expect(read(flipped)).rejects.toMatchObject({ code: 'ERR_CHECKPOINT_DIGEST' });
    }
  });

  test('notices any one bit that flips in the header', async () => {
    const bytes = readFileSync(good);
    const bodyStart = 8 + Number(bytes.readBigUInt64LE());
    for (let at = 0; at < bodyStart; at++) {
      const flipped = Buffer.from(bytes);
      flipped[at]! ^= 1 << (at % 8);
      await expect(read(flipped)).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_CHECKPOINT_/) });
    }
  });

  const changed = (values: Record<string, unknown>) => signedFile({ ...metadata, ...values });
  const bad: [string, () => Buffer, RegExp][] = [
    [
      'a safetensors file of another program',
      () => rawFile({ __metadata__: { format: 'pt' } }),
      /another program/,
    ],
    ['a safetensors file without metadata', () => rawFile({}), /another program/],
    ['a newer format', () => changed({ format_version: '2' }), /version 2.*newer dcgan-native/],
    ['no digest', () => rawFile({ __metadata__: metadata }), /sha256/],
    ['a digest that is none', () => rawFile({ __metadata__: { ...metadata, sha256: 'x' } }), /sha256/],
    ['a negative step', () => changed({ step: '-1' }), /step/],
    ['a step beyond exact numbers', () => changed({ step: '9999999999999999' }), /step/],
    ['options that are not JSON', () => changed({ options: '{' }), /options/],
    ['options that are a list', () => changed({ options: '[]' }), /options/],
    ['options without a seed', () => changed({ options: '{}' }), /seed/],
    ['options out of range', () => changed({ options: '{"seed":1,"batchSize":0}' }), /batchSize/],
    ['options that are unknown', () => changed({ options: '{"seed":1,"depth":2}' }), /depth/],
    ['a data fingerprint that is none', () => changed({ data: '{"name":"a"}' }), /data/],
    [
      'overlapping tensors',
      () =>
        signedFile(
          metadata,
          {
            a: { dtype: 'F32', shape: [1], data_offsets: [0, 4] },
            b: { dtype: 'F32', shape: [1], data_offsets: [0, 4] },
          },
          new Uint8Array(4),
        ),
      /overlaps/,
    ],
    ['a header of 2^64 - 1 bytes', () => Buffer.alloc(64, 0xff), /too long/],
  ];
  test.each(bad)('refuses %s', async (_, bytes, said) => {
    await expect(read(bytes())).rejects.toEqual(refusal('ERR_CHECKPOINT_FORMAT', said));
  });

  test('fills in defaults for options that an older writer did not know', async () => {
    const { options } = await read(changed({ options: '{"seed":1}' }));
    expect(options).toMatchObject({ seed: 1, batchSize: 128 });
  });

  test('answers 2000 random mutations with a code or the same checkpoint, in little memory', async () => {
    const bytes = readFileSync(good);
    const wanted = bits(original);
    const random = seededRandom(5);
    const before = process.resourceUsage().maxRSS;
    for (let i = 0; i < 2000; i++) {
      const result: unknown = await read(mutate(bytes, random)).then(bits, (error: unknown) => error);
      if (result instanceof DcganError) expect(result.code).toMatch(/^ERR_CHECKPOINT_(FORMAT|DIGEST)$/);
      else expect(result).toEqual(wanted);
    }
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(100 * 1024);
  });
});

describe('writeCheckpointFile', () => {
  test('leaves what was there, and nothing beside it, when it cannot write', async () => {
    const place = join(directory, 'place');
    mkdirSync(join(place, 'taken'), { recursive: true });
    await expect(writeCheckpoint(join(place, 'taken'), original)).rejects.toEqual(
      refusal('ERR_OUTPUT', /is a directory/),
    );
    expect(readdirSync(place)).toEqual(['taken']);
  });
});

describe('whatever the writer accepts', () => {
  const random = seededRandom(17);
  const below = (limit: number) => Math.floor(random() * limit);
  const oneOf = <T>(...values: readonly T[]): T => values[below(values.length)]!;
  const digests = ['ab'.repeat(32), 'AB'.repeat(32), '', 'a'.repeat(63), undefined];
  const names = ['mnist', '', '"sha256":"', 'ö\u0000\ud800 𝄞', '/a b/"c"\n', 'x'.repeat(2 ** 21)];

  /** A checkpoint that a caller could try to write, right or wrong. */
  function anyCheckpoint(): Checkpoint {
    const data = {
      name: oneOf(...names),
      sha256: oneOf(...digests) as string,
      count: oneOf(1, 0, 60_000, -1, 1.5),
    };
    const length = below(5);
    return {
      options: {
        ...original.options,
        ...oneOf({}, { seed: -1 }, { batchSize: 0 }, { learningRate: Number.NaN }),
      },
      step: oneOf(0, 1, 2 ** 53 - 1, -1, 1.5, Number.NaN, 2 ** 60),
      data: oneOf(null, data, data),
      ...oneOf({}, { epochOrigin: { step: oneOf(0, 5, -1), epoch: oneOf(0, 2, 0.5) } }),
      state: {
        [oneOf('a', '__proto__', '__metadata__', 'ö')]: {
          data: new Float32Array(length),
          shape: [oneOf(length, 3)],
        },
      },
      createdBy: oneOf(undefined, 'a "b"'),
    };
  }

  test('the reader opens, and gives the same', async () => {
    let accepted = 0;
    for (let i = 0; i < 3000; i++) {
      const checkpoint = anyCheckpoint();
      const error = await writeCheckpoint(other, checkpoint).catch((error: unknown) => error);
      if (error !== undefined) {
        expect(error).toBeInstanceOf(DcganError);
        continue;
      }
      accepted++;
      const found = await readCheckpoint(other);
      expect({ ...found, state: bits(found) }).toEqual({
        ...checkpoint,
        epochOrigin: found.epochOrigin,
        state: bits(checkpoint),
      });
      expect(found.epochOrigin ?? { step: 0, epoch: 0 }).toEqual(
        checkpoint.epochOrigin ?? { step: 0, epoch: 0 },
      );
    }
    expect(accepted).toBeGreaterThan(30);
  });
});

/** One to three changes of a file: bits, bytes, digits, pieces cut out, put in, moved or filled. */
function mutate(bytes: Buffer, random: () => number): Buffer {
  let result = Buffer.from(bytes);
  const below = (limit: number) => Math.floor(random() * limit);
  // Most of what can go wrong is in the header, at the front.
  const place = () => below(random() < 0.7 ? Math.min(result.length, 1100) : result.length);
  for (let changes = 1 + below(3); changes > 0; changes--) {
    const at = place();
    const length = 1 + below(16);
    const kind = below(7);
    if (kind === 0) result[at]! ^= 1 << below(8);
    else if (kind === 1) result[at] = below(256);
    else if (kind === 2) result = result.subarray(0, at);
    else if (kind === 3) result = Buffer.concat([result.subarray(0, at), result.subarray(at + length)]);
    else if (kind === 4) {
      const piece = result.subarray(place()).subarray(0, length);
      result = Buffer.concat([result.subarray(0, at), piece, result.subarray(at)]);
    } else if (kind === 5)
      result.fill([0, 0xff, 0x20, 0x39, 0x5b, 0x7b][below(6)]!, at, Math.min(at + length, result.length));
    else result.write(String(2 ** below(64)), at);
    if (result.length === 0) break;
  }
  return result;
}
