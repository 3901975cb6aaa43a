/** `npm run test:interop`: the same network in Keras, PyTorch and ONNX Runtime. `--help` says the rest. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { judgingEnvironment, NotInstalled } from './environment.mjs';
import { compareImages } from './images.mjs';
import { passes, report } from './report.mjs';
import { compareTraining } from './training.mjs';

const require = createRequire(import.meta.url);
const { GanTrainer } = require('../../dist/index.js');
const { resolveCheckpoint } = require('../../dist/run/run.js');

const usage = `Usage: npm run test:interop -- [RUN-OR-CHECKPOINT] [options]

Exports a checkpoint in every format, draws the same images and logits with Keras 3, Keras 2, PyTorch and ONNX
Runtime, and follows Keras's own training of files that Keras made. Without a checkpoint a small one is trained.

  --venv DIR  make the virtual environment here; default: in the user's cache directory
  --help      show this

Ends with 0 when all agree, 1 when some do not, 3 when what it needs could not be installed.
`;

const notRun = 3;
const smallRunSteps = 30;

/** A checkpoint file of what was named, or of a short training. */
async function checkpointOf(named, work) {
  if (named) return (await resolveCheckpoint(named)).path;
  process.stderr.write(`Training ${smallRunSteps} steps …\n`);
  const path = join(work, 'trained.safetensors');
  const trainer = new GanTrainer({ batchSize: 32, seed: 1 });
  try {
    await trainer.fit(1, { steps: smallRunSteps });
    await trainer.save(path);
  } finally {
    trainer.dispose();
  }
  return path;
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
    const checkpoint = await checkpointOf(positionals[0], work);
    const rows = [
      ...(await compareImages(checkpoint, environment, work)),
      ...(await compareTraining(environment, work)),
    ];
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
