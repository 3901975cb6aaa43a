import { rmSync, truncateSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GanTrainer, Generator, openRun, type TrainEvent, type TrainerOptions } from '../../lib/index.js';
import { temporaryDirectory, using } from '../support/cleanup.js';
import { smallMnist } from '../support/small_mnist.js';

// 6 steps an epoch.
const data = smallMnist(24);
const options: TrainerOptions = { batchSize: 4, seed: 3, threads: 1, data };

const stepsIn = async (run: string): Promise<number[]> =>
  (await readFile(join(run, 'metrics.jsonl'), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ type }) => type === 'step')
    .map(({ step }) => step);

const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);

async function trained(steps: number, more: object = {}): Promise<string> {
  const outDir = join(temporaryDirectory(), 'run');
  await using(new GanTrainer(options)).fit(9, { steps, outDir, logEvery: 1, ...more });
  return outDir;
}

test('opening a run that is being written changes nothing in it, and a second writer is refused', async () => {
  const outDir = join(temporaryDirectory(), 'run');
  const first = using(new GanTrainer(options));
  const run = first.fit(9, { steps: 12, outDir, logEvery: 1, checkpointEverySteps: 2 });
  for await (const event of run) {
    if (event.type !== 'checkpoint' || event.step > 8) continue;
    const second = using(await GanTrainer.resume(outDir, { data }));
    await expect(second.fit(1, { outDir })).rejects.toMatchObject({ code: 'ERR_RUN_LOCKED' });
    using(await Generator.load(outDir));
  }
  await run;
  expect(await stepsIn(outDir)).toEqual(upTo(12));
});

test('a run that went on elsewhere since it was opened is not cut', async () => {
  const outDir = await trained(2);
  const early = using(await GanTrainer.resume(outDir, { data }));
  await using(await GanTrainer.resume(outDir, { data })).fit(1, { steps: 3, outDir, logEvery: 1 });
  await expect(early.fit(1, { outDir })).rejects.toMatchObject({ code: 'ERR_RUN_CHANGED' });
  expect(await stepsIn(outDir)).toEqual(upTo(5));
});

test('one trainer writes its run in several calls of fit', async () => {
  const outDir = join(temporaryDirectory(), 'run');
  const trainer = using(new GanTrainer(options));
  for (let i = 0; i < 3; i++) await trainer.fit(1, { steps: 2, outDir, logEvery: 1 });
  expect(await stepsIn(outDir)).toEqual(upTo(6));
  expect((await openRun(outDir)).session?.number).toBe(3);
});

test('when an older checkpoint is taken for a damaged one, an event says so, and a generator is warned', async () => {
  const outDir = await trained(4, { checkpointEverySteps: 2 });
  const newest = join(outDir, 'checkpoints', 'step-00000004.safetensors');
  truncateSync(newest, 1000);
  const notices: string[] = [];
  using(await Generator.load(outDir, { onNotice: (notice) => notices.push(notice) }));
  expect(notices).toEqual([expect.stringContaining(newest)]);
  expect(notices[0]).toContain('step-00000002.safetensors was taken');

  const events: TrainEvent[] = [];
  const resumed = using(await GanTrainer.resume(outDir, { data }));
  await resumed.fit(1, { steps: 1, outDir, onEvent: (event) => events.push(event) });
  expect(events[1]).toMatchObject({ type: 'notice', step: 2, message: notices[0] });
});

describe('what is left of a run', () => {
  test('is counted from where its last session began', async () => {
    const outDir = await trained(4);
    const trainer = using(await GanTrainer.resume(outDir, { data }));
    expect(await trainer.stepsLeft()).toBe(0);
    const abort = new AbortController();
    const stopped = trainer.fit(2, {
      outDir,
      logEvery: 1,
      signal: abort.signal,
      onEvent: (event) => event.type === 'step' && event.step === 9 && abort.abort(),
    });
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
    // Two epochs of six steps from step 4 on.
    const again = using(await GanTrainer.resume(outDir, { data }));
    expect([again.step, await again.stepsLeft()]).toEqual([9, 7]);
  });

  test('keeps its number of epochs when an epoch has another number of steps now', async () => {
    const outDir = join(temporaryDirectory(), 'run');
    const abort = new AbortController();
    const stopped = using(new GanTrainer(options)).fit(3, {
      outDir,
      logEvery: 1,
      signal: abort.signal,
      onEvent: (event) => event.type === 'step' && event.step === 6 && abort.abort(),
    });
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
    const larger = using(await GanTrainer.resume(outDir, { data, batchSize: 8 }));
    // Two more epochs, of three steps now.
    expect(await larger.stepsLeft()).toBe(6);
  });

  test('is nothing that a trainer without a run could tell', async () => {
    expect(await using(new GanTrainer(options)).stepsLeft()).toBeNull();
  });
});

describe('a batch of another size', () => {
  const epochsOf = async (trainer: GanTrainer, steps: number) => {
    const epochs: [number, number][] = [];
    await trainer.fit(9, {
      steps,
      onEvent: (event) => event.type === 'epoch' && epochs.push([event.epoch, event.step]),
    });
    return epochs;
  };

  test('begins a new epoch, which ends after one pass over the data', async () => {
    const outDir = await trained(8);
    // 8 of 6 steps an epoch: within the second; batches of 12 make 2 steps an epoch.
    const larger = using(await GanTrainer.resume(outDir, { data, batchSize: 12 }));
    expect(await epochsOf(larger, 5)).toEqual([
      [3, 10],
      [4, 12],
    ]);
  });

  test('is resumed bit for bit within an epoch', async () => {
    const directory = temporaryDirectory();
    const outDir = await trained(8);
    const whole = using(await GanTrainer.resume(outDir, { data, batchSize: 8 }));
    await whole.fit(9, { steps: 5 });
    const first = using(await GanTrainer.resume(outDir, { data, batchSize: 8 }));
    await first.fit(9, { steps: 1 });
    const file = join(directory, 'a.safetensors');
    await first.save(file);
    const second = using(await GanTrainer.load(file, { data }));
    await second.fit(9, { steps: 4 });
    const weights = [await whole.weights(), await second.weights()].map((each) =>
      Object.entries(each).map(([name, { data }]) => [name, Buffer.from(data.buffer).toString('base64')]),
    );
    expect(weights[0]!.filter(([, bytes], i) => bytes !== weights[1]![i]![1]).map(([name]) => name)).toEqual(
      [],
    );
  });
});

test('a trainer begins with the newest checkpoint of a run directory', async () => {
  const outDir = await trained(3);
  const trainer = using(await GanTrainer.load(outDir, { data }));
  expect(trainer.step).toBe(3);
});

test('a run that was stopped before its first checkpoint begins again, as it was', async () => {
  const outDir = await trained(4);
  const before = await readFile(join(outDir, 'metrics.jsonl'), 'utf8');
  rmSync(join(outDir, 'checkpoints', 'step-00000004.safetensors'));
  const resumed = using(await GanTrainer.resume(outDir, { data }));
  expect([resumed.step, await resumed.stepsLeft(), resumed.options.seed]).toEqual([0, 4, 3]);
  await resumed.fit(9, { steps: 4, outDir, logEvery: 1 });
  const losses = (text: string) => text.match(/"(generator|discriminator)Loss":[\d.]+/g);
  expect(losses(await readFile(join(outDir, 'metrics.jsonl'), 'utf8'))).toEqual(losses(before));
});
