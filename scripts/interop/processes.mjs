import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readCheckpoint } from '../../dist/checkpoint/checkpoint.js';
import { lastLine, run } from '../process/run.mjs';

const { GanTrainer } = createRequire(import.meta.url)('../../dist/index.js');
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
    train({ python, count, batch, options, out: join(work, name) });
  const first = await untrained(work);
  for (const [i, { what, options, counts, allowed }] of trainings.entries()) {
    for (const count of counts) {
      await add(count, `change in ${steps} steps, ${what}`, allowed, async () => {
        const alone = await trained(1, batchOf(count), options, `alone-${i}-${count}`);
        return differenceOfChange(
          first,
          alone,
          await trained(count, batchOf(count), options, `with-${i}-${count}`),
        );
      });
    }
  }
  await add(2, 'tensors that differ when it trains again', 0, async () => {
    const [one, other] = [await trained(2, 128, [], 'once'), await trained(2, 128, [], 'again')];
    return Object.keys(one).filter((name) => distance(one[name].data, other[name].data) > 0).length;
  });
  await add(2, `problems after ${killed} kills`, 0, () => {
    const torchrun = join(dirname(python), 'torchrun');
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
async function train({ python, count, batch, options, out }) {
  const training = [
    '--steps',
    steps,
    '--batch-size',
    batch,
    '--seed',
    seed,
    '--device',
    'cpu',
    '--sample-every',
    0,
  ];
  const command = [process.execPath, program, 'train', '--out', out, '--quiet', ...training, ...options].map(
    String,
  );
  const torchrun = [
    python,
    '-m',
    'torch.distributed.run',
    '--no-python',
    '--standalone',
    '--nproc-per-node',
    `${count}`,
  ];
  const [first, ...rest] = count === 1 ? command : [...torchrun, ...command];
  run(first, rest, { whole: true });
  return (
    await readCheckpoint(join(out, 'checkpoints', `step-${String(steps).padStart(8, '0')}.safetensors`))
  ).state;
}

/** ‖one − other‖ / ‖one − first‖ over all weights. */
function differenceOfChange(first, one, other) {
  const weights = Object.keys(first).filter((name) =>
    /^(generator|discriminator)\..*\.(weight|bias)$/.test(name),
  );
  const whole = (a, b) => Math.hypot(...weights.map((name) => distance(a[name].data, b[name].data)));
  return whole(one, other) / whole(one, first);
}

const distance = (a, b) => Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0));
