import { spawnSync } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { compilePackage } from '../support/compile_package.js';
import { freshName, freshRun, metricsOf, reopened, root, save } from './helpers.js';

describe('metrics', () => {
  test('are one line each', async () => {
    const run = await freshRun();
    await run.appendMetrics({ step: 10, note: 'two\nlines' });
    await run.appendMetrics({ step: 20 });
    expect(metricsOf(run)).toEqual([{ step: 10, note: 'two\nlines' }, { step: 20 }]);
  });

  test('are cut where they go beyond the step from which a run goes on, with the first line that it comes to', async () => {
    const run = await freshRun();
    for (const step of [10, 20, 20, 30]) await run.appendMetrics({ step });
    await run.appendMetrics({ note: 'later' });
    await (await reopened(run, 20)).appendMetrics({ step: 21 });
    expect(metricsOf(run)).toEqual([{ step: 10 }, { step: 20 }, { step: 20 }, { step: 21 }]);
  });

  test('are cut there with the first checkpoint, too, which would make them count again', async () => {
    const run = await freshRun();
    for (const step of [10, 20, 30]) await run.appendMetrics({ step });
    await save(await reopened(run, 20), [40]);
    expect(metricsOf(run)).toEqual([{ step: 10 }, { step: 20 }]);
  });

  test('stay as they are when a training that goes on comes to nothing', async () => {
    const run = await freshRun();
    for (const step of [10, 20, 30]) await run.appendMetrics({ step });
    await (await reopened(run, 20)).end();
    expect(metricsOf(run)).toEqual([{ step: 10 }, { step: 20 }, { step: 30 }]);
  });

  test('that are held go before the next line, and cut nothing by themselves', async () => {
    const run = await freshRun();
    for (const step of [10, 20, 30]) await run.appendMetrics({ step });
    const next = await reopened(run, 20);
    next.holdMetrics({ step: 20, type: 'start' });
    await next.end();
    expect(metricsOf(run)).toEqual([{ step: 10 }, { step: 20 }, { step: 30 }]);
    const last = await reopened(next, 20);
    last.holdMetrics({ step: 20, type: 'start' });
    await last.appendMetrics({ step: 21 });
    await last.appendMetrics({ step: 22 });
    expect(metricsOf(run)).toEqual([
      { step: 10 },
      { step: 20 },
      { step: 20, type: 'start' },
      { step: 21 },
      { step: 22 },
    ]);
  });

  test('are cut before a line that was not finished', async () => {
    const run = await freshRun();
    await run.appendMetrics({ step: 1 });
    appendFileSync(join(run.directory, 'metrics.jsonl'), '{"step":2,"lo');
    await (await reopened(run, 5)).appendMetrics({ step: 2 });
    expect(metricsOf(run)).toEqual([{ step: 1 }, { step: 2 }]);
  });

  test('never continue a line that could not be written to its end', async () => {
    const run = await freshRun();
    await run.appendMetrics({ step: 1 });
    appendFileSync(join(run.directory, 'metrics.jsonl'), '{"step":2,"a longer line, left by a failure');
    await run.appendMetrics({ step: 2 });
    expect(metricsOf(run)).toEqual([{ step: 1 }, { step: 2 }]);
  });

  test('that do not fit onto the disk leave whole lines, and a sentence', () => {
    const name = freshName();
    const library = join(compilePackage(join(root, 'compiled')), 'dist');
    const script = `
      const { createRun } = require(${JSON.stringify(join(library, 'run/run.js'))});
      createRun(${JSON.stringify(name)}).then(async (run) => {
        for (;;) await run.appendMetrics({ step: 1, text: 'x'.repeat(900) });
      }).catch((error) => console.log(error.code, error.message));`;
    // Files of at most 8 KiB.
    const child = spawnSync('bash', ['-c', 'ulimit -f 8; exec "$0" -e "$1"', process.execPath, script], {
      encoding: 'utf8',
      env: { ...process.env, NODE_PATH: resolve('node_modules') },
    });
    expect(child.stdout).toMatch(/^ERR_OUTPUT Cannot write .*metrics\.jsonl: the file would become larger/m);
    const lines = readFileSync(join(name, 'metrics.jsonl'), 'utf8').split('\n');
    expect(lines.pop()).toBe('');
    expect(lines).toHaveLength(8);
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ step: 1 });
  });
});
