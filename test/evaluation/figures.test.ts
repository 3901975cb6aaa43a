import { mnist } from '../../lib/data/images.js';
import { describeAll } from '../../lib/evaluation/features.js';
import { scaled } from '../../lib/network/arrays.js';
import { using } from '../support/cleanup.js';
import { digitsEvaluator, type Features, figuresOf, normal } from './support.js';

const changed = ({ values, dims }: Features, change: (value: number, i: number) => number): Features => ({
  values: values.map(change),
  dims,
});

/** Rows of features. */
const rowsOf = ({ values, dims }: Features): number[][] =>
  Array.from({ length: values.length / dims }, (_, i) => [...values.subarray(i * dims, (i + 1) * dims)]);

const apart = (a: readonly number[], b: readonly number[]) =>
  Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0));

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

/** Precision, recall, density and coverage as their authors define them, in the plainest way. */
function neighbourFigures(real: Features, drawn: Features, k = 5) {
  const [x, y] = [rowsOf(real), rowsOf(drawn)];
  const radii = (set: readonly number[][]) =>
    set.map((a) => set.map((b) => apart(a, b)).sort((p, q) => p - q)[k]!);
  const [xRadii, yRadii] = [radii(x), radii(y)];
  const within = y.map((drawnOne) => x.filter((realOne, i) => apart(realOne, drawnOne) < xRadii[i]!).length);
  return {
    precision: mean(within.map((n) => Number(n > 0))),
    density: mean(within) / k,
    recall: mean(x.map((realOne) => Number(y.some((drawnOne, j) => apart(realOne, drawnOne) < yRadii[j]!)))),
    coverage: mean(x.map((realOne, i) => Number(y.some((other) => apart(realOne, other) < xRadii[i]!)))),
  };
}

describe('FID', () => {
  test('of features that are moved is the square of how far', async () => {
    const { evaluator } = using(await digitsEvaluator());
    const real = normal(500, 6, 1);
    const { fid } = await figuresOf(
      evaluator,
      real,
      changed(real, (value) => value + 0.5),
    );
    expect(fid!.value).toBeCloseTo(6 * 0.25, 6);
  });

  test('of features that are spread twice as far is the trace of their covariance', async () => {
    const { evaluator } = using(await digitsEvaluator());
    const real = normal(500, 6, 1);
    const columns = Array.from({ length: 6 }, (_, c) => rowsOf(real).map((row) => row[c]!));
    const means = columns.map(mean);
    const variances = columns.map((column, c) =>
      column.reduce((sum, value) => sum + (value - means[c]!) ** 2 / (column.length - 1), 0),
    );
    // About their means, so that these stay: tr(Σ + 4Σ − 2 · 2Σ).
    const spread = changed(real, (value, i) => means[i % 6]! + 2 * (value - means[i % 6]!));
    const { fid } = await figuresOf(evaluator, real, spread);
    expect(fid!.value).toBeCloseTo(
      variances.reduce((a, b) => a + b),
      4,
    );
  });

  test('of the same features is 0, also where they lie in a plane', async () => {
    const { evaluator } = using(await digitsEvaluator());
    const flat = changed(normal(500, 6, 1), (value, i) => (i % 6 < 2 ? value : 0));
    const { fid, kid } = await figuresOf(evaluator, flat, flat);
    expect(Math.abs(fid!.value)).toBeLessThan(1e-6);
    expect(Math.abs(kid!.value)).toBeLessThan(0.05);
  });

  test('of ever more features is lower, and near what two Gaussians have', async () => {
    const { evaluator } = using(await digitsEvaluator());
    const real = normal(4000, 16, 1);
    const drawn = changed(normal(4000, 16, 2), (value) => value + 0.25);
    const { fid, fidInfinity } = await figuresOf(evaluator, real, drawn);
    // 16 · 0.25² = 1
    expect(fid!.value).toBeGreaterThan(fidInfinity!.value);
    expect(Math.abs(fidInfinity!.value - 1)).toBeLessThan(0.15);
    expect(fid!.error).toBeGreaterThan(0.005);
    expect(fid!.error).toBeLessThan(0.1);
  });
});

describe('precision, recall, density and coverage', () => {
  test.each([
    ['as many', 130, 130],
    ['more real ones', 170, 70],
    ['fewer real ones', 70, 170],
  ])('are those of their definitions, with %s', async (_, reals, draws) => {
    const { evaluator } = using(await digitsEvaluator());
    const real = normal(reals, 3, 1);
    const drawn = changed(normal(draws, 3, 2), (value, i) => (i % 3 === 0 ? 0.4 * value + 0.7 : value));
    const figures = await figuresOf(evaluator, real, drawn);
    for (const [name, value] of Object.entries(neighbourFigures(real, drawn))) {
      expect(figures[name]!.value).toBeCloseTo(value, 12);
    }
  });

  test('are not swapped: a part of what is real is precise, and recalls little', async () => {
    const { evaluator } = using(await digitsEvaluator());
    const real = normal(1000, 4, 1);
    const narrow = changed(normal(1000, 4, 2), (value) => 0.2 * value);
    const { precision, recall } = await figuresOf(evaluator, real, narrow);
    expect(precision!.value).toBeGreaterThan(0.99);
    expect(recall!.value).toBeLessThan(0.2);
    const turned = await figuresOf(evaluator, narrow, real);
    expect(turned.precision!.value).toBeCloseTo(recall!.value, 12);
    expect(turned.recall!.value).toBeCloseTo(precision!.value, 12);
  });
});

test('KID is that of all pairs, without the same one twice', async () => {
  const { evaluator } = using(await digitsEvaluator());
  const real = normal(60, 5, 1);
  const drawn = changed(normal(40, 5, 2), (value) => value + 0.3);
  const [x, y] = [rowsOf(real), rowsOf(drawn)];
  const kernel = (a: readonly number[], b: readonly number[]) =>
    (a.reduce((sum, value, i) => sum + value * b[i]!, 0) / 5 + 1) ** 3;
  const among = (set: readonly number[][]) =>
    mean(set.flatMap((a, i) => set.filter((_, j) => j !== i).map((b) => kernel(a, b))));
  const between = mean(x.flatMap((a) => y.map((b) => kernel(a, b))));
  const { kid } = await figuresOf(evaluator, real, drawn);
  expect(kid!.value).toBeCloseTo(among(x) + among(y) - 2 * between, 9);
});

test('descriptions and figures depend neither on threads nor on how images are handed over', async () => {
  const { pixels } = await mnist({ split: 'test' }).load();
  const images = scaled(pixels.subarray(0, 700 * 784));
  const results = [];
  for (const [threads, piece] of [
    [1, 700],
    [2, 700],
    [2, 64],
  ] as const) {
    const { evaluator, describer } = using(await digitsEvaluator(threads));
    const pieces = await Promise.all(
      Array.from({ length: Math.ceil(700 / piece) }, async (_, i) => {
        const n = Math.min(piece, 700 - i * piece);
        return describer.describe(images.subarray(i * piece * 784, (i * piece + n) * 784), n);
      }),
    );
    const values = Float32Array.from(pieces.flatMap(({ features }) => [...features]));
    const half = values.length / 2;
    const [real, drawn] = [values.slice(0, half), values.slice(half)];
    const { dims } = describer;
    results.push({
      values,
      figures: await figuresOf(evaluator, { values: real, dims }, { values: drawn, dims }),
    });
  }
  for (const { values, figures } of results.slice(1)) {
    expect(Buffer.from(values.buffer).equals(Buffer.from(results[0]!.values.buffer))).toBe(true);
    expect(figures).toEqual(results[0]!.figures);
  }
});

test('images are described piece by piece, and their classes told', async () => {
  const { describer, classifier } = using(await digitsEvaluator());
  const { pixels, labels } = await mnist({ split: 'test' }).load();
  const told: number[] = [];
  const count = 2000;
  const { features, logits } = await describeAll(
    describer,
    count,
    async (first, n) => scaled(pixels.subarray(first * 784, (first + n) * 784)),
    (done) => told.push(done),
  );
  expect(told).toEqual([1024, 2000]);
  expect(features.length).toBe(count * 128);
  const right = (await labels!())!.slice(0, count).filter((label, i) => {
    const own = logits!.subarray(10 * i, 10 * i + 10);
    return own.indexOf(Math.max(...own)) === label;
  });
  expect(right.length / count).toBeGreaterThan(0.985);
  expect(classifier.accuracy).toBeGreaterThan(0.99);
});
