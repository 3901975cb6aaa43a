/** `npm run faults:contention`: others meet a run that is being written. `--help` says the rest. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { stepOf, trainArguments, writeImages } from './material.mjs';
import { finished, modulePath, startNode, startProgram } from './program.mjs';

const usage = `Usage: npm run faults:contention -- [options]

Trains, and meanwhile, at random moments, goes on with the same run, draws from it and exports it, on the command line and
through the API, each in another process. Who would write as well must be refused, who reads must not fail, and the run must
lack nothing.

  --times N  how often (default 50)
  --seed N   of the moments (default 1)
  --help     show this

Ends with 0 when nothing is wrong, 1 when something is.
`;

const locked = 'ERR_RUN_LOCKED';
/** Two processes begin at most so many milliseconds apart. */
const apart = 400;

/** Opens the run, which anybody may, and trains in it, which only one may. */
const resumeScript = (run) => `
  const { GanTrainer } = require(${JSON.stringify(modulePath('index.js'))});
  (async () => {
    const trainer = await GanTrainer.resume(${JSON.stringify(run)});
    console.log(JSON.stringify({ opened: trainer.step }));
    await trainer.fit(1, { steps: 1, outDir: ${JSON.stringify(run)} }).finally(() => trainer.dispose());
  })().catch((error) => {
    process.stderr.write('error: ' + error.code + ': ' + error.message + '\\n');
    process.exitCode = 1;
  });`;

/** Everybody who comes: what it does, and how that must end. */
function visitors(run, work, time) {
  const out = join(work, `visit-${time}`);
  const reads = ({ status }) => status === 0;
  const isRefused = ({ status, code }) => status === 1 && code === locked;
  return [
    ['resume', () => startProgram(['train', '--resume', run, '--steps', '1', '--json']), isRefused],
    [
      'generate',
      () => startProgram(['generate', run, '--count', '1', '--out', `${out}.png`, '--quiet']),
      reads,
    ],
    [
      'export',
      () => startProgram(['export', run, '--format', 'safetensors', '--out', out, '--quiet']),
      reads,
    ],
    [
      'GanTrainer.resume',
      () => startNode(resumeScript(run)),
      (outcome) => isRefused(outcome) && outcome.events.some(({ opened }) => opened > 0),
    ],
  ];
}

/** Numbers in [0, 1), the same for a seed (mulberry32). */
function seededRandom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const metricsOf = (run) => readFileSync(join(run, 'metrics.jsonl'), 'utf8');

async function visit(run, work, time, random, problems) {
  const before = metricsOf(run);
  const visits = visitors(run, work, time).map(async ([name, start, isRight]) => {
    await setTimeout(random() * apart);
    const outcome = await finished(start());
    if (isRight(outcome)) return;
    const { status, signal, code, sentence } = outcome;
    problems.push(`${name}, the ${time}. time: ends with ${status ?? signal}, ${code}: ${sentence}`);
  });
  await Promise.all(visits);
  if (!metricsOf(run).startsWith(before)) problems.push(`metrics.jsonl lost something, the ${time}. time`);
}

/** What is wrong with the run after its training was stopped. */
function endProblems(run, { status }) {
  const lines = metricsOf(run)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const steps = lines.filter(({ type }) => type === 'step').map(({ step }) => step);
  const isWhole = steps.every((step, i) => step === i + 1);
  const newest = Math.max(...readdirSync(join(run, 'checkpoints')).map(stepOf));
  return [
    ...(status === 130 ? [] : [`the training ends with ${status}`]),
    ...(isWhole ? [] : [`metrics.jsonl has the steps ${steps.join(', ')}`]),
    ...(newest === steps.at(-1) ? [] : [`the newest checkpoint is of step ${newest} of ${steps.at(-1)}`]),
  ];
}

/** Resolves when a training has something that others can read. */
const firstCheckpoint = (training) =>
  new Promise((resolve) => {
    training.stdout.on('data', (piece) => String(piece).includes('"type":"checkpoint"') && resolve());
  });

async function main(args) {
  const { values } = parseArgs({
    args,
    options: {
      times: { type: 'string', default: '50' },
      seed: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return process.stdout.write(usage);
  const work = mkdtempSync(join(tmpdir(), 'dcgan-contention-'));
  const [images, run] = [join(work, 'images'), join(work, 'run')];
  writeImages(images);
  const random = seededRandom(Number(values.seed));
  const problems = [];
  const training = startProgram(trainArguments(images, run, 1_000_000));
  try {
    const ended = finished(training);
    await Promise.race([firstCheckpoint(training), ended]);
    for (let time = 1; time <= Number(values.times); time++) await visit(run, work, time, random, problems);
    training.kill('SIGINT');
    problems.push(...endProblems(run, await ended));
  } finally {
    training.kill('SIGKILL');
    rmSync(work, { recursive: true, force: true });
  }
  for (const problem of problems) process.stdout.write(`${problem}\n`);
  process.stdout.write(`${values.times} times, ${problems.length} problems\n`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}

await main(process.argv.slice(2));
