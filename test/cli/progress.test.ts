import { createProgress } from '../../lib/cli/progress.js';
import type { EpochEvent, StartEvent, StepEvent } from '../../lib/training/events.js';
import { inXterm, Written } from '../support/terminal.js';

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

inXterm();

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

/** What the terminal shows last where the progress is, of 100 epochs with long numbers. */
function lastLine(columns: number): string {
  const stream = new Written(columns);
  const progress = createProgress(stream, false);
  progress.show({ ...start, steps: 46_800 });
  progress.show({ ...step, step: 23_400, epoch: 50, imagesPerSecond: 1812 });
  progress.stop();
  return stream.text.split('\r').at(-1)!.split('\x1b')[0]!;
}

test.each([
  [
    140,
    /^\[={20}-{20}\] {3}50% {2}epoch 50\/100 {2}step 23400 {2}D 1\.250 {2}G 0\.700 {2}1812 images\/s {2}\d+s left$/,
  ],
  [80, /^\[={4}-{4}\] {3}50% {2}epoch 50\/100 {2}D 1\.250 {2}G 0\.700 {2}1812 images\/s {2}\d+s left$/],
  [60, /^ 50% {2}epoch 50\/100 {2}D 1\.250 {2}G 0\.700 {2}\d+s left$/],
  [40, /^ 50% {2}epoch 50\/100 {2}\d+s left$/],
])('at %d columns the progress has the parts that matter most, each of them whole', (columns, shown) => {
  expect(lastLine(columns)).toMatch(shown);
});

test('at every width the progress is shorter than the line, and its parts are whole', () => {
  const part = /^(\[=+-+\]|\d+%|epoch 50\/100|step 23400|[DG] \d\.\d{3}|1812 images\/s|\d+s left)$/;
  for (let columns = 5; columns < 150; columns++) {
    const line = lastLine(columns);
    expect(line.length).toBeLessThan(columns);
    for (const found of line.trim().split('  ')) expect(found.trim()).toMatch(part);
  }
});

test('a terminal that is resized gets a line of its new width', () => {
  const stream = new Written(120);
  const progress = createProgress(stream, false);
  for (const event of [start, step]) progress.show(event);
  stream.columns = 40;
  progress.stop();
  expect(stream.text.split('\r').at(-1)).toMatch(/^ {2}1% {2}epoch 1\/2 {2}\d+s left[^ ]*\n$/);
});

test('a terminal that knows no escape sequences gets the lines of a pipe', () => {
  process.env.TERM = 'dumb';
  const stream = new Written(80);
  const progress = createProgress(stream, false);
  for (const event of [start, step, epoch]) progress.show(event);
  progress.stop();
  const { text } = stream;
  expect(text).toMatch(/^Training on [^\n]*\nepoch 1\/2: [^\n]*\n$/);
  expect(text).not.toContain('\x1b');
  expect(text).not.toContain('\r');
});
