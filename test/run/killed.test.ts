import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { createRun, openRun } from '../../lib/run/run.js';
import { seededRandom, temporaryDirectory } from '../checkpoint/helpers.js';
import { compilePackage } from '../support/compile_package.js';

const root = temporaryDirectory();
const values = 1 << 19;

/** Goes on from the run's latest checkpoint, saving one after the other until it is killed. */
const script = `
  const [library, directory, values] = process.argv.slice(1);
  const { openRun } = require(library + '/run/run.js');
  (async () => {
    const run = await openRun(directory);
    const latest = await run.latestCheckpoint();
    let step = latest?.checkpoint.step ?? 0;
    for (;;) {
      step++;
      const data = new Float32Array(Number(values)).fill(step);
      const state = { weight: { data, shape: [data.length] } };
      const checkpoint = { options: { seed: 7 }, step, data: null, state };
      await run.appendMetrics({ step });
      await run.saveCheckpoint(checkpoint, { keepLast: 2, keepForGood: false });
      process.stdout.write('saved\\n');
    }
  })();`;

test('a run killed at any moment goes on from a whole checkpoint and leaves no temporary file', async () => {
  const library = join(compilePackage(root), 'dist');
  const directory = join(root, 'run');
  await (await createRun(directory)).writeConfig({});
  const random = seededRandom(11);
  let last = 0;
  for (let kill = 0; kill < 12; kill++) {
    const child = spawn(process.execPath, ['-e', script, library, directory, String(values)], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_PATH: resolve('node_modules') },
    });
    await once(child.stdout, 'data');
    await setTimeout(random() * 60);
    child.kill('SIGKILL');
    await once(child, 'close');

    const run = await openRun(directory);
    const latest = await run.latestCheckpoint();
    expect(latest?.skipped).toEqual([]);
    const step = latest!.checkpoint.step;
    expect(step).toBeGreaterThan(last);
    last = step;
    expect(new Set(latest!.checkpoint.state.weight!.data)).toEqual(new Set([step]));
    const files = readdirSync(directory, { recursive: true, encoding: 'utf8' });
    expect(files.filter((file) => file.endsWith('.tmp'))).toEqual([]);
  }
});
