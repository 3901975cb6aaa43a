import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, utimesSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { resolveOptions } from '../../lib/options.js';
import { createRun, openRun } from '../../lib/run/run.js';
import { RunWriter } from '../../lib/run/writer.js';
import { seededRandom, temporaryDirectory } from '../checkpoint/helpers.js';
import { compilePackage } from '../support/compile_package.js';
import { modelState } from '../support/model_state.js';

const root = temporaryDirectory();

/** Goes on from the run's newest checkpoint, saving one after the other until it is killed. */
const script = `
  const [library, directory] = process.argv.slice(1);
  const { openRun } = require(library + '/run/run.js');
  const { RunWriter } = require(library + '/run/writer.js');
  (async () => {
    const { latest, session } = await openRun(directory);
    const { checkpoint } = latest;
    let { step } = checkpoint;
    const run = await RunWriter.begin(directory, session.number, step);
    for (;;) {
      step++;
      for (const { data } of Object.values(checkpoint.state)) data.fill(step);
      await run.appendMetrics({ step });
      await run.saveCheckpoint({ ...checkpoint, step }, { keepLast: 2, keepForGood: false });
      process.stdout.write('saved\\n');
    }
  })();`;

test('a run killed at any moment goes on from a whole checkpoint, at once, and leaves no temporary file for long', async () => {
  const library = join(compilePackage(root), 'dist');
  const directory = join(root, 'run');
  const first = await createRun(directory);
  await first.writeConfig({});
  const options = resolveOptions({ seed: 7, latentSize: 1 });
  await first.saveCheckpoint(
    { options, step: 1, data: null, state: modelState(1) },
    { keepLast: 2, keepForGood: false },
  );
  await first.end();
  const random = seededRandom(11);
  let last = 1;
  for (let kill = 0; kill < 12; kill++) {
    const child = spawn(process.execPath, ['-e', script, library, directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_PATH: resolve('node_modules') },
    });
    await once(child.stdout, 'data');
    await setTimeout(random() * 60);
    child.kill('SIGKILL');
    await once(child, 'close');

    const { latest } = await openRun(directory);
    expect(latest?.skipped).toEqual([]);
    const step = latest!.checkpoint.step;
    expect(step).toBeGreaterThan(last);
    last = step;
    for (const { data } of Object.values(latest!.checkpoint.state)) expect(data.at(-1)).toBe(step);
  }
  for (const file of temporariesIn(directory)) utimesSync(file, 0, 0);
  const { session } = await openRun(directory);
  await (await RunWriter.begin(directory, session!.number, last)).end();
  expect(temporariesIn(directory)).toEqual([]);
});

function temporariesIn(directory: string): string[] {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith('.tmp')).map((file) => join(directory, file));
}
