import { GanTrainer, type TrainEvent } from '../../lib/index.js';
import { temporaryDirectory, using } from '../support/cleanup.js';
import { smallMnist } from '../support/small_mnist.js';

// 4 steps an epoch.
const trainerOf = () => using(new GanTrainer({ batchSize: 8, seed: 7, device: 'cpu', data: smallMnist(32) }));

async function typesOf(run: AsyncIterable<TrainEvent>): Promise<string[]> {
  const types: string[] = [];
  for await (const event of run) types.push(event.type);
  return types;
}

describe('fit', () => {
  test('trains steps alone, over as many epochs as they take', async () => {
    const trainer = trainerOf();
    expect(await trainer.fit({ steps: 6 })).toMatchObject({ step: 6, steps: 6, epoch: 2 });
    expect(await trainer.fit({ steps: 1 })).toMatchObject({ step: 7, steps: 1 });
  });

  test('says how many steps a report spans', async () => {
    const seen: [string, number, number][] = [];
    for await (const event of trainerOf().fit({ steps: 7, logEvery: 3 })) {
      if (event.type === 'step' || event.type === 'epoch') seen.push([event.type, event.step, event.steps]);
    }
    expect(seen).toEqual([
      ['step', 3, 3],
      ['step', 4, 1],
      ['epoch', 4, 4],
      ['step', 6, 2],
      ['step', 7, 1],
    ]);
  });

  test('is busy and has looked at its options when it returns', async () => {
    const trainer = trainerOf();
    const options = { steps: 2 };
    const run = trainer.fit(1, options);
    options.steps = -1;
    await expect(trainer.fit(1)).rejects.toMatchObject({ code: 'ERR_BUSY' });
    expect((await run).steps).toBe(2);
  });

  test('yields what it kept, and its end, to whoever iterates it later', async () => {
    const run = trainerOf().fit(1, { logEvery: 2 });
    await run;
    const types = ['start', 'step', 'step', 'epoch', 'end'];
    expect(await typesOf(run)).toEqual(types);
    expect(await typesOf(run)).toEqual(types);
  });

  test('throws its error at the end of an iteration that began later, too', async () => {
    const run = trainerOf().fit(1, { logEvery: 2, signal: AbortSignal.abort(new Error('enough')) });
    await expect(run).rejects.toThrow('enough');
    await expect(typesOf(run)).rejects.toThrow('enough');
  });

  test.each<[string, unknown[], RegExp]>([
    ['steps that are missing', [{ logEvery: 1 }], /^Option 'steps' is missing: call fit\(epochs, options\)/],
    ['two objects', [{ steps: 1 }, {}], /^Option 'steps' is missing/],
    ['no epochs', [undefined], /^Option 'epochs' is wrong: /],
    ['an empty outDir', [1, { outDir: '' }], /^Option 'outDir' is wrong: must be a path, true or null\.$/],
    [
      'an outDir of another kind',
      [1, { outDir: 5 }],
      /^Option 'outDir' is wrong: must be a path, true or null\.$/,
    ],
    ['a signal that is none', [1, { signal: {} }], /^Option 'signal' is wrong: must be an AbortSignal\.$/],
    ['a handler that is none', [1, { onEvent: 1 }], /^Option 'onEvent' is wrong: must be a function\.$/],
  ])('refuses %s', async (_, args, said) => {
    const fit = GanTrainer.prototype.fit.bind(trainerOf()) as (...args: unknown[]) => Promise<unknown>;
    await expect(fit(...args)).rejects.toMatchObject({
      code: 'ERR_OPTION',
      message: expect.stringMatching(said),
    });
  });
});

test('trainOnBatch refuses an option that it does not know, and trains nothing', async () => {
  const trainer = trainerOf();
  const misspelt = { nosie: new Float32Array(800) } as object;
  await expect(trainer.trainOnBatch(new Uint8Array(8 * 784), misspelt)).rejects.toMatchObject({
    code: 'ERR_OPTION',
    message: "There is no option 'nosie'. Known options: 'noise', 'labels'.",
  });
  expect(trainer.step).toBe(0);
});

test('the options of a trainer cannot be changed after the fact', () => {
  const { options } = trainerOf();
  expect(() => Object.assign(options, { batchSize: 1 })).toThrow(TypeError);
  expect(options.batchSize).toBe(8);
});

test('a trainer tells its device once it has one, and draws pictures', async () => {
  const trainer = trainerOf();
  expect(trainer.device).toBeNull();
  const picture = await trainer.png(4, { seed: 1, columns: 2, gap: 0 });
  expect(picture.subarray(1, 4).toString()).toBe('PNG');
  expect([picture.readUInt32BE(16), picture.readUInt32BE(20)]).toEqual([56, 56]);
  expect(trainer.device).toBe('cpu');
});

test('a run whose first write failed does not keep its directory from being used', async () => {
  const outDir = `${temporaryDirectory()}/run`;
  const data = { name: 'none', load: () => Promise.reject(new Error('no images')) };
  const broken = using(new GanTrainer({ batchSize: 8, device: 'cpu', data }));
  await expect(broken.fit(1, { outDir })).rejects.toThrow('no images');
  expect((await trainerOf().fit({ steps: 1, outDir })).outDir).toBe(outDir);
});
