import { mkdirSync, promises, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { latestCheckpoint } from '../../lib/run/checkpoints.js';
import { openRun } from '../../lib/run/run.js';
import { modelCheckpoint } from '../support/model_state.js';
import { freshRun, reopened, save, stored } from './helpers.js';

describe('saveCheckpoint', () => {
  test('names the file after the step', async () => {
    const run = await freshRun();
    const path = await run.saveCheckpoint(modelCheckpoint(468), { keepLast: 1, keepForGood: false });
    expect(path).toBe(join(run.directory, 'checkpoints', 'step-00000468.safetensors'));
  });

  test('keeps the last ones', async () => {
    const run = await freshRun();
    await save(run, [1, 2, 3, 100_000_000], 2);
    expect(stored(run)).toEqual(['step-00000003.safetensors', 'step-100000000.safetensors']);
  });

  test('keeps those that are marked for good, also after the run was opened again', async () => {
    const run = await freshRun();
    await save(run, [1, 2, 3], 1, [2]);
    await save(await reopened(run, 3), [4, 5], 1);
    expect(stored(run)).toEqual(['step-00000002-kept.safetensors', 'step-00000005.safetensors']);
  });

  test('stores one file for a step that is saved twice', async () => {
    const run = await freshRun();
    await save(run, [1, 1]);
    await save(run, [1], 3, [1]);
    await save(run, [1]);
    expect(stored(run)).toEqual(['step-00000001-kept.safetensors']);
  });

  test('removes nothing when the new one cannot be written', async () => {
    const run = await freshRun();
    await save(run, [1, 2], 2);
    mkdirSync(join(run.directory, 'checkpoints', 'step-00000003.safetensors'));
    await expect(save(run, [3], 1)).rejects.toMatchObject({ code: 'ERR_OUTPUT' });
    expect(stored(run)).toContain('step-00000001.safetensors');
  });

  test('does not count damaged files of later steps among the last', async () => {
    const run = await freshRun();
    await save(run, [1, 2]);
    writeFileSync(join(run.directory, 'checkpoints', 'step-00000009.safetensors'), 'damaged');
    await save(run, [3], 2);
    expect((await latestCheckpoint(run.directory))?.checkpoint.step).toBe(3);
    expect(stored(run)).toHaveLength(3);
  });
});

describe('the latest checkpoint', () => {
  test('is null before the first', async () => {
    expect(await latestCheckpoint((await freshRun()).directory)).toBeNull();
  });

  test('is the one of the highest step, kept or not', async () => {
    const run = await freshRun();
    await save(run, [1, 99_999_999, 100_000_000], 3, [1]);
    const latest = await latestCheckpoint(run.directory);
    expect(latest?.skipped).toEqual([]);
    expect(latest?.checkpoint.state['adam.v.discriminator.dense.bias']?.data[0]).toBe(100_000_000);
  });

  test('falls back from damaged files, and tells which', async () => {
    const run = await freshRun();
    await save(run, [1, 2, 3]);
    const [, second, third] = stored(run).map((name) => join(run.directory, 'checkpoints', name));
    truncateSync(second!, 100);
    truncateSync(third!, 0);
    const latest = await latestCheckpoint(run.directory);
    expect(latest?.checkpoint.step).toBe(1);
    expect(latest?.skipped.map(({ value }) => value)).toEqual([third, second]);
  });

  test("is the newest one's error when every file is damaged", async () => {
    const run = await freshRun();
    await save(run, [1]);
    const path = join(run.directory, 'checkpoints', stored(run)[0]!);
    truncateSync(path, 100);
    await expect(latestCheckpoint(run.directory)).rejects.toMatchObject({
      code: 'ERR_CHECKPOINT_FORMAT',
      value: path,
    });
  });

  test.each(['EMFILE', 'EIO', 'EACCES'])(
    'is not an older one because of %s, which proves no damage',
    async (code) => {
      const run = await freshRun();
      await save(run, [1, 2]);
      const newest = join(run.directory, 'checkpoints', 'step-00000002.safetensors');
      const { open } = promises;
      const failing = jest.spyOn(promises, 'open').mockImplementation((path, ...rest) => {
        if (path === newest) return Promise.reject(Object.assign(new Error(`${code}: no luck`), { code }));
        return open(path, ...rest);
      });
      try {
        await expect(openRun(run.directory)).rejects.toMatchObject({
          code: 'ERR_CHECKPOINT_READ',
          value: newest,
        });
      } finally {
        failing.mockRestore();
      }
    },
  );

  test('is found while the writer makes newer ones and removes those that were listed', async () => {
    const run = await freshRun();
    await save(run, [1], 1);
    const writing = save(
      run,
      Array.from({ length: 40 }, (_, i) => i + 2),
      1,
    );
    let isDone = false;
    void writing.then(() => {
      isDone = true;
    });
    let last = 0;
    while (!isDone) {
      const step = (await latestCheckpoint(run.directory))!.checkpoint.step;
      expect(step).toBeGreaterThanOrEqual(last);
      last = step;
    }
    await writing;
  });
});
