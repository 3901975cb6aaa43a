import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from '../../lib/cli/main.js';
import { plotPng, plotRuns, writeRunPlot } from '../../lib/plot/plot.js';
import { temporaryDirectory } from '../support/cleanup.js';
import { stderrKept } from '../support/stderr.js';

import sharp = require('sharp');

type Row = Readonly<Record<string, unknown>>;

let root: string;
beforeEach(() => {
  root = temporaryDirectory();
});

/** A run directory with this model and these rows. */
function runOf(name: string, rows: readonly Row[], config: object = { model: { batchSize: 100 } }): string {
  const directory = join(root, name);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'config.json'), JSON.stringify(config));
  writeFileSync(join(directory, 'metrics.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return directory;
}

const noon = Date.parse('2026-01-01T12:00:00Z');

/** A row of losses after 10 more steps of 100 images, which took 2 seconds. */
const stepRow = (step: number, second = step / 5, session = 1): Row => ({
  type: 'step',
  step,
  steps: 10,
  discriminatorLoss: 1 + 1 / step,
  generatorLoss: 0.5 + step / 1000,
  imagesPerSecond: 500,
  time: new Date(noon + 1000 * second).toISOString(),
  session,
});

const stepRows = (count: number): Row[] => Array.from({ length: count }, (_, i) => stepRow(10 * (i + 1)));

const evaluationRow = (step: number): Row => ({
  type: 'evaluation',
  step,
  figures: {
    fid: { value: 5000 / step, floor: 2 },
    recall: { value: 0.25, floor: 0.9 },
    precision: { value: 0.75, floor: 0.9 },
  },
  session: 1,
});

const losses = ["Discriminator's loss", "Generator's loss"];
const always = [...losses, 'Learning rate', 'Images per second'];

/** The parts of an SVG that are one panel each, by their titles. */
function panelsOf(svg: string): ReadonlyMap<string, string> {
  const parts = svg.split('<g class="panel" aria-label="').slice(1);
  return new Map(parts.map((part) => [part.slice(0, part.indexOf('"')), part]));
}

/** The corners of a run's curves in a panel: the whole one, and the dashed one where there is one. */
function curvesOf(svg: string, panel: string, run: string): (readonly [number, number])[][] {
  const tags =
    panelsOf(svg)
      .get(panel)!
      .match(/<path class="curve"[^>]*>/g) ?? [];
  return tags
    .filter((tag) => tag.includes(`aria-label="${run}"`))
    .map((tag) => {
      const [, line] = / d="M([^"]*)"/.exec(tag)!;
      return line!.split('L').map((corner) => {
        const [x, y] = corner.replace('Z', '').split(',').map(Number);
        return [x!, y!] as const;
      });
    });
}

/** The labels of an SVG, or of a part. */
const labelsOf = (svg: string): string[] =>
  Array.from(svg.matchAll(/<g aria-label="([^"]*)"/g), ([, label]) => label!);

/** The differences between neighbours. */
const distances = (numbers: readonly number[]): number[] =>
  numbers.slice(1).map((number, i) => number - numbers[i]!);

describe('plotRuns', () => {
  test('draws a curve of each run in each panel', async () => {
    const svg = await plotRuns([runOf('first', stepRows(5)), runOf('second', stepRows(3))]);
    expect([...panelsOf(svg).keys()]).toEqual(always);
    for (const panel of always) {
      expect(curvesOf(svg, panel, 'first').map(({ length }) => length)).toEqual([5]);
      expect(curvesOf(svg, panel, 'second').map(({ length }) => length)).toEqual([3]);
    }
    expect(labelsOf(svg)).toEqual(expect.arrayContaining(['first', 'second', 'images seen, thousands']));
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  test('has panels of evaluations where a run has some', async () => {
    const evaluated = runOf('evaluated', [stepRow(10), evaluationRow(10), stepRow(20), evaluationRow(20)]);
    const svg = await plotRuns([evaluated, runOf('not', stepRows(2))]);
    expect([...panelsOf(svg).keys()]).toEqual([...always, 'FID', 'Recall and precision']);
    expect(curvesOf(svg, 'FID', 'evaluated')).toHaveLength(2);
    expect(curvesOf(svg, 'FID', 'not')).toEqual([]);
    const [recall, precision] = curvesOf(svg, 'Recall and precision', 'evaluated');
    // Both are shares, and the axis goes from 0 to 1.
    expect(recall![0]![1] - precision![0]![1]).toBeCloseTo(190 / 2, 0);
  });

  test('counts images in the batches that were in force', async () => {
    const changed = [{ option: 'batchSize', from: 300, to: 100 }];
    const history = [
      { session: 1, step: 0, changed: [] },
      { session: 2, step: 20, changed },
    ];
    const rows = [stepRow(10), stepRow(20), stepRow(30, 100, 2), stepRow(40, 102, 2)];
    const run = runOf('run', rows, { model: { batchSize: 100 }, history });
    const [curve] = curvesOf(await plotRuns([run]), losses[0]!, 'run');
    const [first, second, third] = distances(curve!.map(([x]) => x));
    expect(first! / second!).toBeCloseTo(3, 1);
    expect(third).toBeCloseTo(second!, 0);
  });

  test('leaves what lies between two sessions out of the time', async () => {
    const rows = [stepRow(10, 2), stepRow(20, 4), stepRow(30, 90_000, 2), stepRow(40, 90_002, 2)];
    const svg = await plotRuns([runOf('run', rows)], { over: 'time' });
    const [curve] = curvesOf(svg, losses[0]!, 'run');
    const [first, second, third] = distances(curve!.map(([x]) => x));
    expect(second).toBeCloseTo(first!, 0);
    expect(third).toBeCloseTo(first!, 0);
    expect(labelsOf(svg)).toContain('training time, seconds');
    expect(labelsOf(svg)).toContain('8');
  });

  test('leads the rates of both networks along a cosine', async () => {
    const cosine = { schedule: 'cosine', scheduleSteps: 100, finalLearningRate: 1e-4 };
    const model = { batchSize: 100, learningRate: 2e-4, learningRateDiscriminator: 4e-4, ...cosine };
    const svg = await plotRuns([runOf('run', stepRows(12), { model })]);
    const [generator, discriminator] = curvesOf(svg, 'Learning rate', 'run');
    const rates = (curve: (readonly [number, number])[]) => {
      const [bottom, top] = [curvesBottom(svg), curvesTop(svg)];
      return curve.map(([, y]) => ((bottom - y) / (bottom - top)) * 4e-4);
    };
    const expected = (first: number, step: number) =>
      (first / 2e-4) * (1e-4 + (1e-4 * (1 + Math.cos((Math.PI * Math.min(100, step)) / 100))) / 2);
    const near = (curve: (readonly [number, number])[], first: number) =>
      rates(curve).map((rate, i) => Math.abs(rate - expected(first, 10 * i + 9)) < 2e-6);
    expect(near(generator!, 2e-4)).toEqual(Array(12).fill(true));
    expect(near(discriminator!, 4e-4)).toEqual(Array(12).fill(true));
  });

  test('shows where a run went back, and the rates before that and before it was resumed', async () => {
    const changed = [{ option: 'learningRate', from: 1e-4, to: 4e-4 }];
    const history = [
      { session: 1, step: 0, changed: [] },
      { session: 2, step: 10, changed },
    ];
    const rollback = { type: 'rollback', step: 20, to: 10, session: 2 };
    const rows = [stepRow(10), stepRow(20, 50, 2), rollback, stepRow(30, 52, 2)];
    const svg = await plotRuns([runOf('run', rows, { model: { learningRate: 2e-4 }, history })]);
    const [rates] = curvesOf(svg, 'Learning rate', 'run');
    const shares = rates!.map(([, y]) => (curvesBottom(svg) - y) / (curvesBottom(svg) - curvesTop(svg)));
    expect(shares.map((share) => Number((4 * share).toFixed(1)))).toEqual([1, 4, 2]);
    expect(svg.match(/<line class="rollback"/g)).toHaveLength(always.length);
    expect(labelsOf(svg)).toContain('back to the best model');
  });

  test('makes means of many rows', async () => {
    const rows = stepRows(5000).map((row, i) => ({ ...row, discriminatorLoss: i % 2 }));
    const svg = await plotRuns([runOf('long', rows)]);
    const [curve] = curvesOf(svg, losses[0]!, 'long');
    expect(curve!.length).toBeLessThanOrEqual(200);
    expect(curve!.length).toBeGreaterThan(100);
    // Of 0 and 1 in turn the means are near a half, and so is all that the axis shows.
    const labels = labelsOf(panelsOf(svg).get(losses[0]!)!).map(Number);
    expect(
      labels.filter((label) => label > 0 && label < 1).every((label) => label > 0.4 && label < 0.6),
    ).toBe(true);
    expect(labels).toContain(0.5);
  });

  test('takes powers of ten where values are far apart, with a 0 and below it where there is something', async () => {
    const strange = [0, -500, 1, 1, 1, 2e6].map((discriminatorLoss, i) => ({
      ...stepRow(10 * (i + 1)),
      discriminatorLoss,
    }));
    const svg = await plotRuns([runOf('strange', strange)]);
    const labels = labelsOf(panelsOf(svg).get(losses[0]!)!);
    expect(labels).toEqual(expect.arrayContaining(['1e7', '100,000', '0', '−1,000']));
    expect(svg).not.toMatch(/NaN|Infinity/);
  });

  test('passes over losses that are no numbers', async () => {
    const rows = [stepRow(10), { ...stepRow(20), generatorLoss: null }, stepRow(30)];
    const svg = await plotRuns([runOf('run', rows)]);
    expect(curvesOf(svg, losses[1]!, 'run')[0]).toHaveLength(2);
    expect(curvesOf(svg, losses[0]!, 'run')[0]).toHaveLength(3);
  });

  test('ignores a last line that is cut', async () => {
    const run = runOf('run', stepRows(3));
    writeFileSync(join(run, 'metrics.jsonl'), JSON.stringify(stepRow(40)).slice(0, 50), { flag: 'a' });
    expect(curvesOf(await plotRuns([run]), losses[0]!, 'run')[0]).toHaveLength(3);
  });

  test('draws a run of an earlier version, which has no times and no sessions', async () => {
    const early = stepRows(3).map(({ time: _, session: __, steps: ___, ...row }) => row);
    const svg = await plotRuns([runOf('early', early, {})], { over: 'time' });
    expect(curvesOf(svg, losses[0]!, 'early')).toHaveLength(1);
    expect(svg).not.toMatch(/NaN|Infinity/);
  });

  test('tells runs of one name apart by their paths', async () => {
    const svg = await plotRuns([runOf('a/0001', stepRows(2)), runOf('b/0001', stepRows(2))]);
    expect(labelsOf(svg)).toEqual(expect.arrayContaining(['a/0001', 'b/0001']));
  });

  test('leaves names that its font has no letters for to other fonts', async () => {
    const svg = await plotRuns([runOf('прогон <1>', stepRows(2))]);
    expect(svg).toMatch(/<text [^>]*>прогон &lt;1><\/text>/);
  });

  test('says what is no run, what has no metrics yet, and which options there are', async () => {
    await expect(plotRuns([join(root, 'none')])).rejects.toMatchObject({ code: 'ERR_CHECKPOINT_NOT_FOUND' });
    const begun = runOf('begun', [{ type: 'watchdog', step: 0 }]);
    await expect(plotRuns([runOf('run', stepRows(2)), begun])).rejects.toMatchObject({
      code: 'ERR_VALUE',
      value: begun,
    });
    await expect(plotRuns([])).rejects.toMatchObject({ code: 'ERR_OPTION' });
    await expect(plotRuns([begun], { over: 'epochs' as 'images' })).rejects.toMatchObject({
      code: 'ERR_OPTION',
    });
  });
});

/** The heights of the horizontal axis and of the top of the panel of learning rates. */
const frameOf = (svg: string) => /d="M[\d.]+,([\d.]+)V([\d.]+)H/.exec(panelsOf(svg).get('Learning rate')!)!;
const curvesTop = (svg: string) => Number(frameOf(svg)[1]);
const curvesBottom = (svg: string) => Number(frameOf(svg)[2]);

describe('plotPng', () => {
  test('makes a picture of twice the size, with labels also where there are no fonts', async () => {
    const svg = await plotRuns([runOf('run', stepRows(5))]);
    const [, width, height] = / width="(\d+)" height="(\d+)"/.exec(svg)!;
    const png = await plotPng(svg);
    expect(await sharp(png).metadata()).toMatchObject({
      format: 'png',
      width: 2 * Number(width),
      height: 2 * Number(height),
      channels: 3,
    });
    expect(svg).not.toContain('<text');
    // The name of the run, beside its line in the legend.
    const name = sharp(png).extract({ left: 2 * 56, top: 2 * 14, width: 2 * 40, height: 2 * 18 });
    const { data } = await name.greyscale().raw().toBuffer({ resolveWithObject: true });
    const dark = data.filter((level) => level < 128).length;
    expect(dark).toBeGreaterThan(50);
    expect(dark).toBeLessThan(data.length / 2);
  });
});

describe('writeRunPlot', () => {
  test('writes both pictures into the run, and writes them anew', async () => {
    const run = runOf('run', stepRows(2));
    const paths = [join(run, 'plot.svg'), join(run, 'plot.png')];
    expect(await writeRunPlot(run)).toEqual(paths);
    expect(readFileSync(paths[0]!, 'utf8')).toBe(await plotRuns([run]));
    expect((await sharp(paths[1]!).metadata()).format).toBe('png');
    expect(await writeRunPlot(run)).toEqual(paths);
  });

  test('writes nothing where there are no metrics yet', async () => {
    const run = runOf('run', []);
    expect(await writeRunPlot(run)).toEqual([]);
    expect(readdirSync(run).sort()).toEqual(['config.json', 'metrics.jsonl']);
  });
});

describe('dcgan-native plot', () => {
  const said = stderrKept();

  test('writes an SVG or a PNG, by the name of the file', async () => {
    const runs = [runOf('first', stepRows(2)), runOf('second', stepRows(2))];
    const [svg, png] = [join(root, 'both.svg'), join(root, 'both.PNG')];
    expect(await main(['plot', ...runs, '--over', 'time', '--out', svg])).toBe(0);
    expect(said.text).toBe(`Plotted 2 runs: ${svg}\n`);
    expect(readFileSync(svg, 'utf8')).toBe(await plotRuns(runs, { over: 'time' }));
    expect(await main(['plot', ...runs, '--out', png, '--quiet'])).toBe(0);
    expect(said.text).toBe(`Plotted 2 runs: ${svg}\n`);
    expect((await sharp(png).metadata()).format).toBe('png');
  });

  test('replaces nothing without --force', async () => {
    const run = runOf('run', stepRows(2));
    const out = join(root, 'plot.svg');
    writeFileSync(out, 'mine');
    expect(await main(['plot', run, '--out', out])).toBe(1);
    expect(said.text).toMatch(/^error: ERR_OUTPUT_EXISTS: /);
    expect(readFileSync(out, 'utf8')).toBe('mine');
    expect(await main(['plot', run, '--out', out, '--force'])).toBe(0);
    expect(readFileSync(out, 'utf8')).toMatch(/^<svg /);
  });

  test.each([
    ['where there is no run', ['none'], 'plot.svg', 1, 'ERR_CHECKPOINT_NOT_FOUND'],
    ['a picture of another kind', ['none'], 'plot.pdf', 1, 'ERR_OPTION'],
    ['no run at all', [], 'plot.svg', 2, 'ERR_USAGE'],
  ])('refuses %s', async (_, names, out, status, code) => {
    const runs = names.map((name) => join(root, name));
    expect(await main(['plot', ...runs, '--out', join(root, out)])).toBe(status);
    expect(said.text).toContain(`error: ${code}: `);
    expect(readdirSync(root)).toEqual([]);
  });
});
