import { stripVTControlCharacters } from 'node:util';
import { createProgress } from '../../lib/cli/progress.js';
import type {
  EpochEvent,
  EvaluationEvent,
  RollbackEvent,
  StartEvent,
  StepEvent,
  TrainEvent,
  WatchdogEvent,
} from '../../lib/training/events.js';
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

/** An evaluation of that FID. */
const evaluation = (fid: number): EvaluationEvent => {
  const figure = { value: 0.5, error: 0.01, floor: 0.9 };
  const names = ['fidInfinity', 'kid', 'precision', 'recall', 'density', 'coverage'] as const;
  const others = Object.fromEntries(names.map((name) => [name, figure])) as EvaluationEvent['figures'];
  return {
    type: 'evaluation',
    step: 468,
    epoch: 1,
    figures: { ...others, fid: { ...figure, value: fid } },
    variety: 1,
    samples: 100,
    features: { name: 'mnist-classifier-1', sha256: '0'.repeat(64), dims: 128 },
    seconds: 1,
  };
};
const alarm = (kind: WatchdogEvent['kind']): WatchdogEvent => {
  return { type: 'watchdog', step: 468, epoch: 1, kind, seen: 'something is wrong', advice: 'another seed' };
};
const rollback: RollbackEvent = {
  type: 'rollback',
  step: 900,
  epoch: 2,
  to: 468,
  learningRate: 0.0001,
  number: 1,
  of: 3,
};

/** The line after these events, of so many columns. */
function lineAfter(columns: number, ...events: readonly TrainEvent[]): string {
  const stream = new Written(columns);
  const progress = createProgress(stream, false);
  for (const event of [start, step, ...events]) progress.show(event);
  progress.stop();
  return stream.text.split('\r').at(-1)!.split('\x1b')[0]!;
}

test('the FID of the newest evaluation stands in the line, where there is room', () => {
  const evaluations = [evaluation(31.25), evaluation(7.5)];
  expect(lineAfter(100, ...evaluations)).toContain('  G 0.700  FID 7.50  812 images/s  ');
  expect(lineAfter(60, ...evaluations)).toMatch(
    /^ {2}1% {2}epoch 1\/2 {2}D 1\.250 {2}G 0\.700 {2}FID 7\.50 {2}\d+s left$/,
  );
  expect(lineAfter(45, ...evaluations)).not.toContain('FID');
});

test.each([
  ['collapse', 'collapse'],
  ['discriminator-wins', 'D wins'],
  ['no-progress', 'no progress'],
  ['not-finite', 'not finite'],
] as const)(
  'an alarm of the kind %s stands in the line as %j, also where there is little room',
  (kind, words) => {
    for (const columns of [45, 60, 120]) expect(lineAfter(columns, alarm(kind))).toContain(`  ${words}  `);
  },
);

test('the newest alarm stands in the line until training went back', () => {
  const alarms = [alarm('no-progress'), alarm('collapse')];
  expect(lineAfter(120, ...alarms)).toMatch(/G 0\.700 {2}collapse {2}812 images/);
  expect(lineAfter(120, ...alarms, rollback)).toMatch(/G 0\.700 {2}812 images/);
});

test('what is inserted stands above the bar, which goes on', () => {
  const stream = new Written(60);
  const progress = createProgress(stream, false);
  for (const event of [start, step]) progress.show(event);
  progress.insert('one\ntwo');
  progress.stop();
  const lines = stream.text.split('\n').map((line) => stripVTControlCharacters(line.split('\r').at(-1)!));
  expect(lines.slice(-4)).toEqual(['one', 'two', expect.stringMatching(/^ {2}1% {2}epoch 1\/2 /), '']);
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
