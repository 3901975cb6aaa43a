import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readMetrics } from '../../lib/run/metrics.js';
import { runSamples } from '../../lib/run/samples.js';
import { temporaryDirectory } from '../support/cleanup.js';

type Row = Readonly<Record<string, unknown>>;

/** The steps of what a run with these pictures and these rows shows, each with its picture's name. */
async function found(names: readonly string[], rows: readonly Row[], stepsPerEpoch?: number) {
  const run = temporaryDirectory();
  for (const name of ['samples', 'sessions']) mkdirSync(join(run, name));
  for (const name of names) writeFileSync(join(run, 'samples', name), '');
  writeFileSync(join(run, 'metrics.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  if (stepsPerEpoch) {
    const process = { space: null, pid: 1, start: null };
    const task = { step: 0, epochs: 9, steps: null, stepsPerEpoch };
    const record = { host: 'here', process, started: '2026-01-01T12:00:00Z', task };
    writeFileSync(join(run, 'sessions', '0001.json'), JSON.stringify(record));
  }
  const samples = await runSamples(run, await readMetrics(run));
  return samples.map(({ step, file }) => [step, file.replace(/^samples\//, '')]);
}

const stepRow = (step: number): Row => ({ type: 'step', step, steps: 10 });
const epochRow = (epoch: number, step: number): Row => ({ type: 'epoch', epoch, step });

const [first, second] = ['epoch-0001.png', 'epoch-0002.png'];

describe('the sample pictures of a run', () => {
  test('are in the order of their steps, which an epoch has in the metrics', async () => {
    const rows = [stepRow(50), epochRow(1, 50), stepRow(80), epochRow(2, 80)];
    expect(await found([first, second, 'step-00000060.png', 'step-00000007.png'], rows)).toEqual([
      [7, 'step-00000007.png'],
      [50, first],
      [60, 'step-00000060.png'],
      [80, second],
    ]);
  });

  test('have the steps that a row of their own says', async () => {
    const drawn = (file: string, step: number): Row => ({ type: 'sample', file: `samples/${file}`, step });
    const rows = [stepRow(50), drawn(first, 50), stepRow(80), drawn(second, 80)];
    expect(await found([first, second], rows, 10)).toEqual([
      [50, first],
      [80, second],
    ]);
  });

  test('have those of whole epochs where there are no metrics, and are none where nothing tells', async () => {
    expect(await found([first, second], [], 30)).toEqual([
      [30, first],
      [60, second],
    ]);
    expect(await found([first, second], [])).toEqual([]);
  });

  test('are one for each step', async () => {
    const rows = [stepRow(50), epochRow(1, 50)];
    expect(await found([first, 'step-00000050.png'], rows)).toEqual([[50, first]]);
  });

  test('are not what has other names', async () => {
    const names = ['.epoch-0002.png.0123456789ab.tmp', 'epoch-0001.jpg', 'epoch-1.png', 'mine.png'];
    expect(await found([...names, first], [stepRow(50), epochRow(1, 50)], 50)).toEqual([[50, first]]);
  });

  test('are not what a training left behind the step from which this one goes on', async () => {
    const names = [first, second, 'step-00000055.png', 'step-00000061.png'];
    // The next report may be of step 60, so a picture of step 55 may be of this training.
    expect(await found(names, [epochRow(1, 50), stepRow(50)], 50)).toEqual([
      [50, first],
      [55, 'step-00000055.png'],
    ]);
  });

  test('are none where there is no directory for them', async () => {
    expect(await runSamples(temporaryDirectory(), [])).toEqual([]);
  });
});
