/** `npm run test:interop`: the same network in Keras, PyTorch and ONNX Runtime. `--help` says the rest. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { judgingEnvironment, NotInstalled } from './environment.mjs';
import { compareEventFiles } from './event_files.mjs';
import { compareFigures } from './figures.mjs';
import { compareImages } from './images.mjs';
import { compareProcesses } from './processes.mjs';
import { passes, report } from './report.mjs';
import { compareTraining } from './training.mjs';

const require = createRequire(import.meta.url);
const { GanTrainer, images } = require('../../dist/index.js');
const { resolveCheckpoint } = require('../../dist/run/run.js');

const usage = `Usage: npm run test:interop -- [RUN-OR-CHECKPOINT] [options]

Exports a checkpoint in every format, draws the same images and logits with Keras 3, Keras 2, PyTorch and ONNX
Runtime, and follows Keras's own training of files that Keras made; SciPy and prdc compute the figures of an
evaluation, and pictures that Keras drew are evaluated like ours; TensorBoard reads the event files of a run that
was resumed; processes that torchrun starts must train what one does, and go on when some are killed. Without a
checkpoint small ones are trained: of the recipe, of coloured images, with classes.

  --venv DIR  make the virtual environment here; default: in the user's cache directory
  --help      show this

Ends with 0 when all agree, 1 when some do not, 3 when what it needs could not be installed.
`;

const notRun = 3;
const smallRunSteps = 30;

/** Networks of which one is trained for a few steps, unless a checkpoint was named. */
const small = [
  { name: 'the recipe', options: {} },
  { name: '64×64 in colour', options: { imageSize: 64, channels: 3, features: 16, data: noise(64, 3) } },
  { name: 'with classes', options: { conditional: true, features: 32 } },
];

/** Images of nothing, for networks that there are no pictures for. */
function noise(imageSize, channels) {
  const pixels = Uint8Array.from({ length: 64 * imageSize ** 2 * channels }, (_, i) => (i * i) % 251);
  return images({ pixels, imageSize, channels });
}

/** Checkpoint files of what was named, or of short trainings. */
async function checkpointsOf(named, work) {
  if (named) return [{ name: 'as named', checkpoint: (await resolveCheckpoint(named)).path }];
  const made = [];
  for (const [i, { name, options }] of small.entries()) {
    process.stderr.write(`Training ${smallRunSteps} steps of ${name} …\n`);
    const checkpoint = join(work, `${i}.safetensors`);
    const trainer = new GanTrainer({ batchSize: 32, seed: 1, ...options });
    try {
      await trainer.fit({ steps: smallRunSteps });
      await trainer.save(checkpoint);
    } finally {
      trainer.dispose();
    }
    made.push({ name, checkpoint });
  }
  return made;
}

async function main(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { venv: { type: 'string' }, help: { type: 'boolean', default: false } },
  });
  if (values.help) return process.stdout.write(usage);
  const environment = judgingEnvironment(values.venv);
  const work = mkdtempSync(join(tmpdir(), 'dcgan-interop-'));
  try {
    const rows = [];
    for (const networks of await checkpointsOf(positionals[0], work)) {
      rows.push(...(await compareImages(networks, environment, work)));
    }
    rows.push(...(await compareTraining(environment, work)));
    rows.push(...(await compareFigures(environment, work)));
    rows.push(...(await compareEventFiles(environment, work)));
    rows.push(...(await compareProcesses(environment, work)));
    const failed = rows.filter((row) => !passes(row)).length;
    process.stdout.write(`${report(rows)}\n\n${rows.length - failed} passed, ${failed} failed\n`);
    if (failed > 0) process.exitCode = 1;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const missing = error instanceof NotInstalled;
  process.stderr.write(`${missing ? 'not run' : 'error'}: ${error.message}\n`);
  process.exitCode = missing ? notRun : 1;
}
