import type { EvaluationEvent } from '../../lib/index.js';
import { Watchdog } from '../../lib/training/watchdog.js';

const model = { objective: 'bce', batchSize: 128 } as const;

/** An evaluation of a model that does well, but for what is said. */
function evaluation(
  step: number,
  said: { fid?: number; recall?: number; entropy?: number; variety?: number },
) {
  const { fid = 50, recall = 0.5, entropy = 2.2, variety = 0.9 } = said;
  const figure = (value: number, floor: number) => ({ value, error: 0, floor });
  const figures = { fid: figure(fid, 1), recall: figure(recall, 0.9), entropy: figure(entropy, 2.3) };
  return { type: 'evaluation', step, epoch: step / 468, figures, variety } as unknown as EvaluationEvent;
}

const epoch = (number: number, said = {}) => evaluation(number * 468, said);

test('a discriminator that wins is told once, after 100 steps, and again when it wins again', () => {
  const dog = new Watchdog(model);
  const loss = (discriminatorLoss: number) => dog.sees({ discriminatorLoss, steps: 10 })?.kind ?? null;
  const winning = Array.from({ length: 15 }, () => loss(0.001));
  expect(winning.filter((kind) => kind !== null)).toEqual(['discriminator-wins']);
  expect(winning.indexOf('discriminator-wins')).toBe(9);
  expect(loss(1.2)).toBeNull();
  expect(Array.from({ length: 10 }, () => loss(0.001)).at(-1)).toBe('discriminator-wins');
});

test('a loss near 0 means nothing where the objective has no bound', () => {
  const dog = new Watchdog({ ...model, objective: 'wasserstein' });
  for (let i = 0; i < 50; i++) expect(dog.sees({ discriminatorLoss: 0, steps: 10 })).toBeNull();
});

test.each([
  ['alike', { variety: 0.001 }, /alike/],
  ['of few classes', { entropy: 0.5 }, /few classes/],
  ['no more diverse', { recall: 0.01 }, /recall is 0.010, after 0.50/],
  ['far worse', { fid: 400 }, /FID is 400, after 50/],
])('images that are %s, after good ones, are a collapse, told once', (_, said, words) => {
  const dog = new Watchdog(model);
  expect(dog.judges(epoch(1))).toBeNull();
  expect(dog.judges(epoch(2, said))).toMatchObject({ kind: 'collapse', seen: expect.stringMatching(words) });
  expect(dog.judges(epoch(3, said))).toBeNull();
  // The best stays what it was.
  expect(dog.best!.step).toBe(468);
  dog.goesBack();
  expect(dog.judges(epoch(4, said))).toMatchObject({ kind: 'collapse' });
});

test('a model that has hardly begun has not collapsed', () => {
  const dog = new Watchdog(model);
  expect(dog.judges(evaluation(50, { variety: 0.003, entropy: 0.01, recall: 0, fid: 600 }))).toBeNull();
  expect(dog.judges(evaluation(100, { variety: 0.005, entropy: 0.2, recall: 0, fid: 500 }))).toBeNull();
  expect(dog.judges(evaluation(200, { variety: 0.008, entropy: 0.3, recall: 0, fid: 450 }))).toMatchObject({
    kind: 'collapse',
  });
});

test('no progress in ten evaluations is told', () => {
  const dog = new Watchdog(model);
  const kinds = Array.from({ length: 13 }, (_, i) => dog.judges(epoch(i + 1, { fid: 50 - i * 0.01 }))?.kind);
  expect(kinds.indexOf('no-progress')).toBe(10);
  expect(kinds.filter((kind) => kind !== undefined)).toEqual(['no-progress']);
});
