import { PassThrough } from 'node:stream';
import { createProgress, duration } from '../../lib/cli/progress.js';
import type { EpochEvent, StartEvent, StepEvent } from '../../lib/training/events.js';

const start: StartEvent = {
  type: 'start',
  step: 0,
  steps: 936,
  stepsPerEpoch: 468,
  outDir: 'runs/0001',
  device: 'cpu',
  precision: 'float32',
  seed: 7,
};
const losses = { steps: 10, generatorLoss: 0.7, discriminatorLoss: 1.25, imagesPerSecond: 812.4 };
const step: StepEvent = { type: 'step', step: 10, epoch: 1, ...losses };
const epoch: EpochEvent = { type: 'epoch', step: 468, epoch: 1, ...losses, seconds: 73.75 };

/** A stream that keeps what is written to it, a terminal of that width or none. */
class Written extends PassThrough {
  readonly isTTY: boolean;

  constructor(readonly columns?: number) {
    super({ encoding: 'utf8' });
    this.isTTY = columns !== undefined;
  }

  get text(): string {
    return this.read() ?? '';
  }
}

test('without a terminal, a first line says what runs where, then there is a line per epoch', () => {
  const stream = new Written();
  const progress = createProgress(stream, false);
  for (const event of [start, step, epoch]) progress.show(event);
  expect(stream.text.split('\n')).toEqual([
    'Training on cpu (float32, seed 7) in runs/0001: 936 steps, 468 an epoch.',
    'epoch 1/2: step 468, discriminator loss 1.2500, generator loss 0.7000, 812 images/s, 73.8 s',
    '',
  ]);
});

test.each([undefined, 120])('where the first picture is stands in a line, once (columns: %p)', (columns) => {
  const stream = new Written(columns);
  const progress = createProgress(stream, false);
  const sample = (name: string) =>
    ({ type: 'sample', epoch: 1, step: 5, path: `runs/0001/samples/${name}` }) as const;
  for (const event of [start, sample('a.png'), step, sample('b.png')]) progress.show(event);
  progress.stop();
  const lines = stream.text.match(/[^\n]*samples[^\n]*\n/g);
  expect(lines).toEqual([expect.stringMatching(/First picture: runs\/0001\/samples\/a\.png\n$/)]);
});

test('a resumed training says from where', () => {
  const stream = new Written();
  createProgress(stream, false).show({ ...start, step: 468, steps: 468 });
  expect(stream.text).toContain('in runs/0001: from step 468, 468 steps');
});

test('a terminal shows a bar with epoch, step, losses, speed and time left', () => {
  const stream = new Written(120);
  const progress = createProgress(stream, false);
  for (const event of [start, { ...step, step: 468 }]) progress.show(event);
  progress.stop();
  const text = stream.text;
  for (const shown of ['50%', 'epoch 1/2', 'step 468', 'D 1.250', 'G 0.700', '812 images/s', '0s left']) {
    expect(text).toContain(shown);
  }
});

test('a line ends the bar and leaves the cursor visible', () => {
  const stream = new Written(120);
  const progress = createProgress(stream, false);
  progress.show(start);
  progress.say('Saving.');
  const text = stream.text;
  expect(text.lastIndexOf('\x1b[?25h')).toBeGreaterThan(text.lastIndexOf('\x1b[?25l'));
  expect(text).toMatch(/\nSaving\.\n$/);
});

test('quiet writes nothing', () => {
  const stream = new Written();
  const progress = createProgress(stream, true);
  for (const event of [start, step, epoch]) progress.show(event);
  progress.say('Saving.');
  expect(stream.text).toBe('');
});

test.each([
  [0, '0s'],
  [59.4, '59s'],
  [59.6, '1m00s'],
  [125, '2m05s'],
  [3720, '1h02m'],
  [360_000, '100h00m'],
])('%d seconds are %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});
