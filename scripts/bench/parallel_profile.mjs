/** One of two processes that train together: prints what its steps took, one JSON line. */
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { gradientBytes } from './gradient_bytes.mjs';
import { median } from './median.mjs';

const require = createRequire(import.meta.url);
const { mnist } = require('../../dist/data/images.js');
const { loadNative } = require('../../dist/native/load.js');
const { resolveOptions } = require('../../dist/options.js');
const { Group } = require('../../dist/parallel/group.js');
const { placeFrom } = require('../../dist/parallel/place.js');

const { values } = parseArgs({
  options: Object.fromEntries(
    ['rank', 'master', 'features', 'batch', 'steps', 'rounds'].map((name) => [name, { type: 'string' }]),
  ),
});
const [rank, features, batchSize, steps, rounds] = ['rank', 'features', 'batch', 'steps', 'rounds'].map(
  (name) => Number(values[name]),
);
const warmUpSteps = 5;

const core = loadNative();
const group = new Group(core, placeFrom({}, { rank, worldSize: 2, master: values.master }));
await group.meet(60);
const options = resolveOptions({ batchSize, features, threads: 1, device: 'cpu', seed: 1 });
const trainer = new core.Trainer(options, group.handle);
try {
  const { pixels, count } = await mnist().load();
  await trainer.setData(pixels, count, 0, 0, null);
  await trainer.run(warmUpSteps);
  const taken = [];
  for (let round = 0; round < rounds; round++) {
    const began = performance.now();
    const operators = await trainer.profile(steps);
    const milliseconds = (performance.now() - began) / steps;
    const of = (name) => (operators[name] * 1000) / steps;
    const waited = of('sums over processes');
    taken.push({ milliseconds, waited, sums: of('waiting for other processes') - waited });
  }
  const { tensors } = await trainer.state();
  const bytes = gradientBytes(tensors);
  const middle = (name) => median(taken.map((each) => each[name]));
  process.stdout.write(
    `${JSON.stringify({ milliseconds: middle('milliseconds'), waited: middle('waited'), sums: middle('sums'), bytes })}\n`,
  );
} finally {
  trainer.dispose();
  group.leave();
}
