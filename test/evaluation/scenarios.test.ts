import { evaluateImages, type FigureName, images, mnist } from '../../lib/index.js';

const samples = 1000;
const size = 784;
const options = { samples, seed: 1 } as const;

/** 0 … 255, always the same. */
function noise(count: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length: count * size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

/** Each pixel the mean of nine. */
function blurred(pixels: Uint8Array): Uint8Array {
  const from = (i: number, row: number, column: number) =>
    row < 0 || row > 27 || column < 0 || column > 27 ? 0 : pixels[i * size + row * 28 + column]!;
  return pixels.map((_, at) => {
    const [i, row, column] = [Math.floor(at / size), Math.floor((at % size) / 28), at % 28];
    let sum = 0;
    for (const down of [-1, 0, 1]) for (const right of [-1, 0, 1]) sum += from(i, row + down, column + right);
    return sum / 9;
  });
}

async function judged(pixels: Uint8Array) {
  const { figures, histogram, nearest, variety } = await evaluateImages(images({ pixels }), options);
  const value = (name: FigureName) => figures[name]!.value;
  return { value, figures, histogram: histogram!, nearest: nearest!, variety };
}

/** Some test images, from here and there: the first of them are of tidier writers. */
let test10k: Uint8Array;
let training: Uint8Array;
let labels: Uint8Array | Uint16Array;
let real: Awaited<ReturnType<typeof judged>>;

beforeAll(async () => {
  const { pixels, labels: read } = await mnist({ split: 'test' }).load();
  const order = Array.from({ length: 10_000 }, (_, i) => (i * 7919) % 10_000);
  test10k = new Uint8Array(pixels.length);
  for (const [to, from] of order.entries()) {
    test10k.set(pixels.subarray(from * size, (from + 1) * size), to * size);
  }
  const given = (await read!())!;
  labels = Uint8Array.from(order, (i) => given[i]!);
  training = (await mnist().load()).pixels;
  real = await judged(test10k.subarray(0, samples * size));
});

test('other real images are at the floor, and repeat none', () => {
  for (const { value, floor } of ['fid', 'precision', 'recall', 'coverage'].map(
    (name) => real.figures[name as FigureName]!,
  )) {
    expect(Math.abs(value - floor)).toBeLessThan(Math.max(0.05, 0.5 * floor));
  }
  expect(real.nearest.samples / real.nearest.heldOut).toBeGreaterThan(0.9);
  expect(Math.abs(real.variety - 1)).toBeLessThan(0.1);
  // 1 − 2⁻⁵ of equal distributions.
  expect(real.figures.coverage!.floor).toBeGreaterThan(0.85);
});

test('noise is neither precise nor diverse, and of few classes', async () => {
  const { value, variety } = await judged(noise(samples));
  expect(value('fid')).toBeGreaterThan(40 * real.value('fid'));
  expect(value('precision')).toBeLessThan(0.05);
  expect(value('recall')).toBeLessThan(0.05);
  expect(value('coverage')).toBeLessThan(0.05);
  expect(variety).toBeGreaterThan(1);
});

test('one digit over and over is precise, without recall or variety', async () => {
  const one = test10k.slice(0, size);
  const { value, histogram, variety } = await judged(
    Uint8Array.from({ length: samples * size }, (_, i) => one[i % size]!),
  );
  expect(value('precision')).toBe(1);
  expect(value('recall')).toBe(0);
  expect(value('coverage')).toBeLessThan(0.05);
  expect(value('score')).toBeCloseTo(1, 6);
  expect(value('entropy')).toBeCloseTo(0, 9);
  expect(histogram.filter((count) => count > 0)).toEqual([samples]);
  expect(variety).toBeLessThan(1e-6);
});

test('only ones are precise, of one class, and far from all that is real', async () => {
  const numbers = [...labels.keys()].filter((i) => labels[i] === 1).slice(0, samples);
  const ones = new Uint8Array(samples * size);
  for (const [to, from] of numbers.entries()) {
    ones.set(test10k.subarray(from * size, (from + 1) * size), to * size);
  }
  const { value, histogram } = await judged(ones);
  expect(value('precision')).toBeGreaterThan(0.9);
  expect(value('recall')).toBeLessThan(0.4);
  expect(value('coverage')).toBeLessThan(0.3);
  expect(value('entropy')).toBeLessThan(0.2);
  expect(histogram[1]).toBeGreaterThan(0.97 * samples);
  expect(value('fid')).toBeGreaterThan(20 * real.value('fid'));
});

test('blurred digits are worse than sharp ones, and as many classes', async () => {
  const { value, figures } = await judged(blurred(test10k.slice(0, samples * size)));
  expect(value('fid')).toBeGreaterThan(2 * real.value('fid'));
  expect(value('precision')).toBeLessThan(real.value('precision'));
  expect(value('confidence')).toBeLessThan(real.value('confidence'));
  expect(value('entropy')).toBeGreaterThan(0.95 * figures.entropy!.floor);
});

test('training images are good, diverse, and found to be repeated', async () => {
  const { value, nearest } = await judged(training.subarray(0, samples * size));
  expect(value('recall')).toBeGreaterThan(0.85);
  expect(value('precision')).toBeGreaterThan(0.85);
  expect(nearest.samples).toBeLessThan(0.01 * nearest.heldOut);
});

test('half noise lies between: half as precise, and of all classes still', async () => {
  const half = test10k.slice(0, samples * size);
  half.set(noise(samples / 2), 0);
  const { value } = await judged(half);
  expect(Math.abs(value('precision') - real.value('precision') / 2)).toBeLessThan(0.05);
  expect(value('recall')).toBeGreaterThan(0.5 * real.value('recall'));
  expect(value('coverage')).toBeLessThan(real.value('coverage'));
  expect(value('fid')).toBeGreaterThan(10 * real.value('fid'));
});

test('the same images give the same report, and another seed the same figures but for what is resampled', async () => {
  const { seconds, ...once } = await evaluateImages(images({ pixels: test10k.subarray(0, samples * size) }), {
    ...options,
    nearest: false,
  });
  const { seconds: _, ...again } = await evaluateImages(
    images({ pixels: test10k.subarray(0, samples * size) }),
    { ...options, nearest: false },
  );
  expect(again).toEqual(once);
  expect(seconds).toBeGreaterThan(0);
});

test('too few images, other sizes and an aborted evaluation are errors', async () => {
  const evaluate = (count: number, more = {}) =>
    evaluateImages(images({ pixels: test10k.subarray(0, count * size) }), more);
  await expect(evaluate(99)).rejects.toMatchObject({ code: 'ERR_DATA_TOO_FEW' });
  await expect(evaluate(200, { samples: 0 })).rejects.toMatchObject({ code: 'ERR_OPTION' });
  await expect(evaluate(200, { sample: 100 })).rejects.toMatchObject({ code: 'ERR_OPTION' });
  const coloured = images({ pixels: new Uint8Array(200 * 32 * 32 * 3), imageSize: 32, channels: 3 });
  await expect(evaluateImages(coloured)).rejects.toMatchObject({ code: 'ERR_FEATURES' });
  const reason = new Error('enough');
  const onProgress = () => controller.abort(reason);
  const controller = new AbortController();
  await expect(evaluate(200, { signal: controller.signal, onProgress })).rejects.toBe(reason);
});
