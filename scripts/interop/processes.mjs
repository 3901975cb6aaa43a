import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readCheckpoint } from '../../dist/checkpoint/checkpoint.js';
import { torchrunArguments } from '../parallel/torchrun.mjs';
import { lastLine, run } from '../process/run.mjs';
import { distance } from './training.mjs';

const require = createRequire(import.meta.url);
const { GanTrainer } = require('../../dist/index.js');
const { resolveCheckpoint } = require('../../dist/run/run.js');
const at = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const program = at('bin/dcgan-native.js');
const kills = at('scripts/parallel/kills.mjs');

const seed = 7;
const steps = 20;
const killed = 3;
/**
 * Adam divides each gradient by its own magnitude, so a weight whose gradient is nothing but rounding moves as far as any
 * other: by how much weights then differ is a matter of Adam's ε, as docs/parallel.md says. Two ways to compute the
 * convolutions in one process differ by 1.5e-3, 1.1e-2 and 5.9e-2; batch statistics that are not summed, by more than is allowed.
 */
const trainings = [
  { what: 'float32, ε 1e-4', options: ['--epsilon', '1e-4'], counts: [2, 3, 4], allowed: 4e-3 },
  { what: 'float32', options: [], counts: [2], allowed: 3e-2 },
  { what: 'bfloat16', options: ['--precision', 'bfloat16'], counts: [2], allowed: 1.5e-1 },
];

/** The nearest to 128 that as many processes divide. */
const batchOf = (count) => count * Math.floor(128 / count);

/** Processes that torchrun starts, beside one alone, and killed. @returns rows of the table */
export async function compareProcesses({ python }, work) {
  const version = `torchrun of torch ${run(python, ['-c', 'import torch; print(torch.__version__)']).trim()}`;
  const torchrun = join(dirname(python), 'torchrun');
  const rows = [];
  const add = async (count, what, allowed, measure) => {
    const judge = `torchrun, ${count} processes`;
    process.stderr.write(`${judge}: ${what} …\n`);
    try {
      rows.push({ judge, version, what, allowed, difference: await measure() });
    } catch (error) {
      rows.push({ judge, what, problem: error.message });
    }
  };
  const trained = (count, batch, options, name) =>
    train({ torchrun, count, batch, options, out: join(work, name) });
  const first = await untrained(work);
  /** What two processes come to with the recipe. */
  let recipe;
  for (const { what, options, counts, allowed } of trainings) {
    for (const count of counts) {
      await add(count, `change in ${steps} steps, ${what}`, allowed, async () => {
        const alone = await trained(1, batchOf(count), options, `${what}, 1 of ${count}`);
        const together = await trained(count, batchOf(count), options, `${what}, ${count}`);
        if (options.length === 0) recipe = together;
        return differenceOfChange(first, alone, together);
      });
    }
  }
  await add(2, 'tensors that differ when it trains again', 0, async () => {
    const again = await trained(2, batchOf(2), [], 'again');
    return Object.keys(again).filter((name) => distance(again[name].data, recipe[name].data) !== 0).length;
  });
  await add(2, `problems after ${killed} kills`, 0, () => {
    const said = run(process.execPath, [kills, '--torchrun', torchrun, '--times', String(killed)], {
      cwd: at('.'),
    });
    return Number(/(\d+) problems/.exec(lastLine(said))[1]);
  });
  return rows;
}

/** The state that all trainings begin with. */
async function untrained(work) {
  const trainer = new GanTrainer({ seed, device: 'cpu' });
  const path = join(work, 'untrained.safetensors');
  await trainer.save(path);
  trainer.dispose();
  return (await readCheckpoint(path)).state;
}

/** Trains in as many processes as asked for, and gives the state at the end. */
async function train({ torchrun, count, batch, options, out }) {
  const settings = { steps, 'batch-size': batch, seed, device: 'cpu', 'sample-every': 0, out };
  const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const training = [process.execPath, program, 'train', '--quiet', ...flags, ...options];
  const [command, ...args] = count === 1 ? training : [torchrun, ...torchrunArguments(count), ...training];
  run(command, args, { whole: true });
  return (await readCheckpoint((await resolveCheckpoint(out)).path)).state;
}

/** ‖one − other‖ / ‖one − first‖ over all weights. */
function differenceOfChange(first, one, other) {
  const weights = Object.keys(first).filter((name) =>
    /^(generator|discriminator)\..*\.(weight|bias)$/.test(name),
  );
  const whole = (a, b) => Math.hypot(...weights.map((name) => distance(a[name].data, b[name].data)));
  return whole(one, other) / whole(one, first);
}
