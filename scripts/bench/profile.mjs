/**
 * Profiles the step of this package, in a process of its own: prints one JSON line with milliseconds a step, in all and
 * by operator, and the multiply-add peak of the same threads.
 */
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { median } from './median.mjs';

const require = createRequire(import.meta.url);
const { mnist } = require('../../dist/data/images.js');
const { loadNative } = require('../../dist/native/load.js');
const { resolveOptions } = require('../../dist/options.js');

const warmUpSteps = 5;

const { values } = parseArgs({
  options: {
    batch: { type: 'string' },
    threads: { type: 'string' },
    precision: { type: 'string' },
    rounds: { type: 'string' },
    steps: { type: 'string' },
  },
});
const [batch, threads, rounds, steps] = ['batch', 'threads', 'rounds', 'steps'].map((name) =>
  Number(values[name]),
);
const { precision } = values;

const core = loadNative();
const trainer = new core.Trainer(
  resolveOptions({ batchSize: batch, threads, precision, device: 'cpu', seed: 1 }),
);

/** Seconds of one step by operator, and in `all`. */
async function profiled() {
  const began = performance.now();
  const operators = await trainer.profile(steps);
  const all = (performance.now() - began) / 1000;
  return { all: all / steps, operators: mapped(operators, (seconds) => seconds / steps) };
}

const mapped = (object, f) =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, f(value, key)]));

/** What the CPU did at its best is the peak: it may have been slower in other rounds. */
const higher = (a, b) => (a === null ? null : Math.max(a, b));

try {
  const { pixels, count } = await mnist().load();
  await trainer.setData(pixels, count, 0, 0);
  await trainer.run(warmUpSteps);
  const taken = [];
  let peak = await trainer.peak();
  for (let round = 0; round < rounds; round++) {
    taken.push(await profiled());
    const now = await trainer.peak();
    peak = { float32: higher(peak.float32, now.float32), bfloat16: higher(peak.bfloat16, now.bfloat16) };
  }
  const operators = mapped(
    taken[0].operators,
    (_, name) => 1000 * median(taken.map((round) => round.operators[name])),
  );
  const milliseconds = 1000 * median(taken.map(({ all }) => all));
  const machine = { libtorch: core.torchVersion(), vectorUnit: core.vectorUnit() };
  const profile = { precision, batch, threads, rounds, steps, milliseconds, peak, operators };
  process.stdout.write(`${JSON.stringify({ machine, profile })}\n`);
} finally {
  trainer.dispose();
}
