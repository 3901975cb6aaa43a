import { historyOf, nextRecord, type RunSettings } from '../../lib/run/record.js';

const settings = (model: object = {}, fit: object = {}): RunSettings => ({
  versions: { libtorch: '2.13.0' },
  model: { seed: 7, batchSize: 4, ...model },
  data: 'mnist',
  dataIsOwn: false,
  dataSha256: 'ab',
  fit: { logEvery: 10, ...fit },
});

const session = (number: number, step: number, asked: { epochs?: number; steps?: number }) => ({
  number,
  started: '2026-01-01T00:00:00.000Z',
  task: { step, epochs: asked.epochs ?? null, steps: asked.steps ?? null, stepsPerEpoch: 4 },
});

const again = (previous: object) => previous as Readonly<Record<string, unknown>>;

test('a new run is recorded as it was asked for', () => {
  expect(nextRecord(null, settings(), session(1, 0, { steps: 70 }))).toEqual({
    ...settings(),
    fit: { steps: 70, logEvery: 10 },
    begun: 0,
    history: [
      { session: 1, started: '2026-01-01T00:00:00.000Z', step: 0, asked: { steps: 70 }, changed: [] },
    ],
  });
});

test('a run that goes on is recorded with its settings of now, and what they were before', () => {
  const first = nextRecord(null, settings(), session(1, 0, { epochs: 2 }));
  const next = nextRecord(again(first), settings({ seed: 8 }, { logEvery: 1 }), session(2, 8, { epochs: 1 }));
  expect(next.model).toEqual({ seed: 8, batchSize: 4 });
  expect(historyOf(again(next)).map(({ session, step, changed }) => [session, step, changed])).toEqual([
    [1, 0, []],
    [
      2,
      8,
      [
        { option: 'seed', from: 7, to: 8 },
        { option: 'logEvery', from: 10, to: 1 },
      ],
    ],
  ]);
});

test.each([
  ['epochs that were added', 8, { epochs: 10 }, { epochs: 12 }],
  ['steps up to the end of what was asked for', 3, { steps: 5 }, { epochs: 2 }],
  ['steps that end within an epoch', 8, { steps: 3 }, { steps: 11 }],
  ['whichever ends first', 8, { epochs: 1, steps: 100 }, { epochs: 3 }],
])('the whole run is so long as its sessions make it: %s', (_, step, asked, whole) => {
  const first = nextRecord(null, settings(), session(1, 0, { epochs: 2 }));
  expect(nextRecord(again(first), settings(), session(2, step, asked)).fit).toEqual({
    ...whole,
    logEvery: 10,
  });
});

test('a run that began with a trained model counts its own steps', () => {
  const first = nextRecord(null, settings(), session(1, 40, { epochs: 2 }));
  const next = nextRecord(again(first), settings(), session(2, 48, { epochs: 1 }));
  expect(next).toMatchObject({ begun: 40, fit: { epochs: 3 } });
});

test('a run of an earlier version goes on with a history from now on', () => {
  const earlier = { model: { seed: 7, batchSize: 8 }, data: 'mnist', fit: { epochs: 3, logEvery: 10 } };
  const next = nextRecord(again(earlier), settings(), session(3, 4, { epochs: 1 }));
  expect(next).toMatchObject({ begun: 0, fit: { epochs: 2 } });
  expect(next.history).toHaveLength(1);
  expect(next.history[0]!.changed).toContainEqual({ option: 'batchSize', from: 8, to: 4 });
});
