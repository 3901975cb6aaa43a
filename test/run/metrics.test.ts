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
    const lines = metricsOf(run).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual([{ step: 10, note: 'two\nlines' }, { step: 20 }]);
  });

  test('are cut where they go beyond the step from which a run goes on, with the first line that it comes to', async () => {
    const run = await freshRun();
    for (const step of [10, 20, 20, 30]) await run.appendMetrics({ step });
    await run.appendMetrics({ note: 'later' });
    await (await reopened(run, 20)).appendMetrics({ step: 21 });
    expect(metricsOf(run)).toBe('{"step":10}\n{"step":20}\n{"step":20}\n{"step":21}\n');
  });

  test('are cut there with the first checkpoint, too, which would make them count again', async () => {
    const run = await freshRun();
    for (const step of [10, 20, 30]) await run.appendMetrics({ step });
    await save(await reopened(run, 20), [40]);
    expect(metricsOf(run)).toBe('{"step":10}\n{"step":20}\n');
  });

  test('stay as they are when a training that goes on comes to nothing', async () => {
    const run = await freshRun();
    for (const step of [10, 20, 30]) await run.appendMetrics({ step });
    await (await reopened(run, 20)).end();
    expect(metricsOf(run)).toBe('{"step":10}\n{"step":20}\n{"step":30}\n');
  });

  test('are cut before a line that was not finished', async () => {
    const run = await freshRun();
    await run.appendMetrics({ step: 1 });
    appendFileSync(join(run.directory, 'metrics.jsonl'), '{"step":2,"lo');
    await (await reopened(run, 5)).appendMetrics({ step: 2 });
    expect(metricsOf(run)).toBe('{"step":1}\n{"step":2}\n');
  });

  test('never continue a line that could not be written to its end', async () => {
    const run = await freshRun();
    await run.appendMetrics({ step: 1 });
    appendFileSync(join(run.directory, 'metrics.jsonl'), '{"step":2,"a longer line, left by a failure');
    await run.appendMetrics({ step: 2 });
    expect(metricsOf(run)).toBe('{"step":1}\n{"step":2}\n');
  });

  test('that do not fit onto the disk leave whole lines, and a sentence', () => {
    const name = freshName();
    const library = join(compilePackage(join(root, 'compiled')), 'dist');
    const script = `
      const { createRun } = require(${JSON.stringify(join(library, 'run/run.js'))});
      createRun(${JSON.stringify(name)}).then(async (run) => {
        for (;;) await run.appendMetrics({ step: 1, text: 'x'.repeat(1000) });
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
