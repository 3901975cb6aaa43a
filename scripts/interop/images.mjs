import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../process/run.mjs';
import { directoryIn, readFloats, runJudge, writeFloats } from './judge.mjs';

const require = createRequire(import.meta.url);
const { GanTrainer } = require('../../dist/index.js');
const { readCheckpoint } = require('../../dist/checkpoint/checkpoint.js');
const { exportFiles } = require('../../dist/interop/formats.js');

const program = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'bin', 'dcgan-native.js');
const count = 64;
const limit = 1e-4;

/** Who draws; `saves` is the format in which it saves the networks anew, for us to import. */
const judges = [
  { judge: 'Keras 3', script: 'keras_images.py', saves: 'keras' },
  {
    judge: 'Keras 2 (tf-keras)',
    script: 'keras_images.py',
    variables: { TF_USE_LEGACY_KERAS: '1' },
    saves: 'keras',
  },
  { judge: 'PyTorch', script: 'pytorch_images.py', saves: 'safetensors' },
  { judge: 'ONNX Runtime, Python', script: 'onnx_images.py' },
  { judge: 'ONNX Runtime, Node.js', script: 'onnx_images.cjs' },
];

/**
 * Exports a checkpoint and has everyone draw from the same latent vectors.
 * @param name what the networks are called in the table
 * @returns a row of it for each figure
 */
export async function compareImages({ checkpoint, name }, environment, directory) {
  const work = directoryIn(directory, `of ${name}`);
  const exported = join(work, 'exported');
  for (const format of Object.keys(exportFiles)) {
    run(process.execPath, [program, 'export', checkpoint, '--format', format, '--out', exported]);
  }
  const trainer = await GanTrainer.load(checkpoint, { device: 'cpu', precision: 'float32' });
  try {
    const { latentSize, classes } = trainer.options;
    const labels = Array.from({ length: classes > 0 ? count : 0 }, (_, i) => (i * 7) % classes);
    const ofClasses = classes > 0 ? { labels } : {};
    const z = Float32Array.from({ length: count * latentSize }, (_, i) => Math.SQRT2 * Math.sin(i * i));
    const { data: images } = await trainer.generate(count, { noise: z, ...ofClasses });
    const logits = await trainer.discriminate(images, ofClasses);
    const ours = { name, images, logits, weights: await trainer.weights() };
    const inputs = directoryIn(work, 'inputs');
    const oneHot = Float32Array.from({ length: count * classes }, (_, i) =>
      labels[Math.floor(i / classes)] === i % classes ? 1 : 0,
    );
    writeFloats(inputs, { z, images, labels: oneHot });
    const rows = [];
    for (const one of judges) {
      process.stderr.write(`${one.judge} …\n`);
      const outputs = directoryIn(work, one.judge);
      rows.push(...(await rowsOf(one, [exported, inputs, outputs], environment, ours)));
    }
    return rows;
  } finally {
    trainer.dispose();
  }
}

async function rowsOf({ judge, script, variables, saves }, paths, environment, ours) {
  const outputs = paths.at(-1);
  try {
    const version = runJudge(environment, script, paths, variables);
    const row = (what, difference, allowed) => ({
      judge,
      version,
      what: `${what}, ${ours.name}`,
      difference,
      allowed,
    });
    const rows = ['images', 'logits'].map((what) =>
      row(`${count} ${what}`, largestDifference(readFloats(outputs, what), ours[what]), limit),
    );
    if (saves) {
      const changed = changedValues(await importFrom(outputs, saves), ours.weights);
      rows.push(row('weights that it saved anew', changed, 0));
    }
    return rows;
  } catch (error) {
    return [{ judge, what: `${count} images, ${ours.name}`, problem: error.message }];
  }
}

/** The tensors of what a judge saved. */
async function importFrom(directory, format) {
  const checkpoint = join(directory, 'imported.safetensors');
  const files = exportFiles[format].map((name) => join(directory, name));
  run(process.execPath, [program, 'import', '--format', format, ...files, '--out', checkpoint]);
  return (await readCheckpoint(checkpoint)).state;
}

/** Over all values; NaN when there is one, or when they are not as many. */
function largestDifference(a, b) {
  if (a.length !== b.length) return Number.NaN;
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i])), 0);
}

/** How many values of two sets of weights are not the same bits. */
function changedValues(theirs, ours) {
  const bits = ({ data }) => new Uint32Array(data.buffer, data.byteOffset, data.length);
  return Object.keys(ours)
    .map((name) => {
      const [a, b] = [bits(theirs[name]), bits(ours[name])];
      return a.reduce((changed, value, i) => changed + (value === b[i] ? 0 : 1), 0);
    })
    .reduce((sum, changed) => sum + changed);
}
