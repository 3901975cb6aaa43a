import {
  decodeHeader,
  decodeLength,
  encodeBody,
  encodeHeader,
  encodeLength,
  viewTensors,
} from '../../lib/checkpoint/safetensors.js';

const state = {
  b: { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] },
  '1': { data: Float32Array.of(7), shape: [] },
  __proto: { data: new Float32Array(0), shape: [0] },
};

describe('encoding', () => {
  test('pads the header with spaces to a multiple of eight bytes', () => {
    for (const note of ['', 'x', 'xx', 'xxxxx', 'ü']) {
      const header = encodeHeader(state, { note });
      expect(header.length % 8).toBe(0);
      expect(header.toString()).toMatch(/^\{.*\} {0,7}$/);
    }
  });

  test('says where each tensor lies, in the order in which the bytes follow', () => {
    const header = JSON.parse(encodeHeader(state, { note: 'x' }).toString());
    const body = Buffer.concat(encodeBody(state));
    expect(header.__metadata__).toEqual({ note: 'x' });
    expect(header.b).toMatchObject({ dtype: 'F32', shape: [2, 3] });
    const [begin, end] = header.b.data_offsets;
    expect(end - begin).toBe(24);
    expect([0, 1, 2, 3, 4, 5].map((i) => body.readFloatLE(begin + 4 * i))).toEqual([1, 2, 3, 4, 5, 6]);
    expect(body.readFloatLE(header['1'].data_offsets[0])).toBe(7);
    expect(body.length).toBe(28);
  });

  test('writes the length of the header as a little-endian 64-bit number', () => {
    expect([...encodeLength(0x0102)]).toEqual([2, 1, 0, 0, 0, 0, 0, 0]);
  });

  test('refuses a tensor whose shape and values disagree', () => {
    const wrong = { a: { data: new Float32Array(3), shape: [2, 2] } };
    expect(() => encodeHeader(wrong, {})).toThrow(expect.objectContaining({ code: 'ERR_SHAPE' }));
  });
});

test('half precision is written and read as it is defined', () => {
  // Of IEEE 754: one, the largest, the smallest normal and subnormal number, a third, rounded; ties go to the even one.
  const bits: [number, number][] = [
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [65519.9, 0x7bff],
    [65520, 0x7c00],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000],
    [1 / 3, 0x3555],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [0, 0],
    [-0, 0x8000],
    [Number.NaN, 0x7e00],
    [Number.NEGATIVE_INFINITY, 0xfc00],
  ];
  const half = { a: { data: Float32Array.from(bits, ([value]) => value), shape: [bits.length] } };
  const header = encodeHeader(half, {}, 'F16');
  const body = Buffer.concat(encodeBody(half, 'F16'));
  expect(bits.map((_, i) => body.readUInt16LE(2 * i))).toEqual(bits.map(([, half]) => half));
  const { tensors } = decodeHeader(header, body.length);
  const { data } = viewTensors(tensors, body).a!;
  expect([...data.slice(0, 3)]).toEqual([1, -2, 65504]);
  expect([...data.slice(4, 8)]).toEqual([Number.POSITIVE_INFINITY, 2 ** -14, 2 ** -24, 0]);
  // What was read is written again as it was.
  const again = encodeBody({ a: { data, shape: [bits.length] } }, 'F16')[0]!;
  expect(Buffer.from(again).equals(body)).toBe(true);
});

describe('decoding', () => {
  const f32 = (shape: unknown, ...offsets: unknown[]) => ({ dtype: 'F32', shape, data_offsets: offsets });
  const decode = (header: unknown, bytes: number) =>
    decodeHeader(Buffer.from(typeof header === 'string' ? header : JSON.stringify(header)), bytes);

  test('takes what another writer of the format may write', () => {
    const header =
      ' {"b" :{"shape":[2],"data_offsets":[4, 12],"dtype":"F32"},\n"a\\u0062":{"dtype":"F32","shape":[],"data_offsets":[0,4]}} ';
    expect(decode(header, 12)).toEqual({
      metadata: {},
      tensors: [
        { name: 'ab', type: 'F32', shape: [], begin: 0, end: 4 },
        { name: 'b', type: 'F32', shape: [2], begin: 4, end: 12 },
      ],
    });
  });

  test('gives tensors as views into an aligned body', () => {
    const body = new Uint8Array(Float32Array.of(1, 2, 3).buffer);
    const { tensors } = decode({ a: f32([1], 0, 4), b: f32([2], 4, 12) }, 12);
    const views = viewTensors(tensors, body);
    expect(views.b?.data.buffer).toBe(body.buffer);
    expect([...views.b!.data]).toEqual([2, 3]);
  });

  test('copies tensors out of a body that is not aligned', () => {
    const body = Buffer.concat([Buffer.alloc(1), Buffer.from(Float32Array.of(1, 2).buffer)]);
    const shifted = new Uint8Array(new Uint8Array(body).buffer, 1);
    const { tensors } = decode({ a: f32([2], 0, 8) }, 8);
    expect([...viewTensors(tensors, shifted).a!.data]).toEqual([1, 2]);
  });

  test('keeps a tensor that is named __proto__', () => {
    const { tensors } = decode('{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4);
    expect(Object.keys(viewTensors(tensors, new Uint8Array(4)))).toEqual(['__proto__']);
  });

  const bad: [string, unknown, number, RegExp][] = [
    ['a header that is not JSON', '{"a":', 0, /not JSON/],
    ['a header that is not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]).toString('latin1'), 0, /not JSON/],
    ['an array for a header', '[]', 0, /not a JSON object/],
    ['null for a header', 'null', 0, /not a JSON object/],
    ['metadata that are not strings', { __metadata__: { a: 1 } }, 0, /metadata/],
    ['metadata that are no object', { __metadata__: 'a' }, 0, /metadata/],
    ['a tensor without a description', { a: null }, 0, /no description/],
    ['another type', { a: { ...f32([1], 0, 4), dtype: 'I32' } }, 4, /another type/],
    ['no type', { a: { shape: [1], data_offsets: [0, 4] } }, 4, /another type/],
    ['a negative size', { a: f32([-1, -1], 0, 4) }, 4, /shape/],
    ['a fractional size', { a: f32([0.5, 2], 0, 4) }, 4, /shape/],
    ['a shape that is no array', { a: f32('1', 0, 4) }, 4, /shape/],
    ['one offset', { a: f32([1], 0) }, 4, /offsets/],
    ['a negative offset', { a: f32([1], -4, 0) }, 4, /offsets/],
    [
      'an offset beyond exact numbers',
      '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,1e400]}}',
      4,
      /offsets/,
    ],
    ['an end before its begin', { a: f32([1], 4, 0) }, 4, /disagree/],
    ['a shape larger than its bytes', { a: f32([2], 0, 4) }, 4, /disagree/],
    ['sizes whose product overflows', { a: f32([2 ** 32, 2 ** 32, 2 ** 32], 0, 0) }, 0, /disagree/],
    ['overlapping tensors', { a: f32([2], 0, 8), b: f32([2], 4, 12) }, 12, /overlaps/],
    ['two tensors in one place', { a: f32([1], 0, 4), b: f32([1], 0, 4) }, 4, /overlaps/],
    ['a gap between tensors', { a: f32([1], 0, 4), b: f32([1], 8, 12) }, 12, /gap/],
    ['a gap at the beginning', { a: f32([1], 4, 8) }, 8, /gap/],
    ['bytes after the last tensor', { a: f32([1], 0, 4) }, 8, /no tensor/],
    ['a tensor behind the end', { a: f32([2], 0, 8) }, 4, /ends behind/],
    ['a tensor far behind the end', { a: f32([2 ** 40], 0, 2 ** 42) }, 4, /ends behind/],
    [
      'a name that comes twice',
      '{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"\\u0061":{}}',
      0,
      /'a' twice/,
    ],
    [
      'a field that comes twice',
      '{"a":{"dtype":"F32","dtype":"F32","shape":[0],"data_offsets":[0,0]}}',
      0,
      /twice/,
    ],
  ];
  test.each(bad)('refuses %s', (_, header, bytes, said) => {
    const raw =
      typeof header === 'string' ? Buffer.from(header, 'latin1') : Buffer.from(JSON.stringify(header));
    const wanted = expect.objectContaining({
      code: 'ERR_CHECKPOINT_FORMAT',
      message: expect.stringMatching(said),
    });
    expect(() => decodeHeader(raw, bytes)).toThrow(wanted);
  });

  test.each([
    ['a file of seven bytes', Buffer.alloc(7), 7],
    ['a header longer than the file', encodeLength(93), 100],
    ['a header of over a megabyte', encodeLength(100_000_001), 200_000_000],
    ['a header of 2^64 - 1 bytes', Buffer.alloc(8, 0xff), 100],
  ])('refuses %s', (_, first, bytes) => {
    expect(() => decodeLength(first, bytes)).toThrow(
      expect.objectContaining({ code: 'ERR_CHECKPOINT_FORMAT' }),
    );
  });
});
