/**
 * npm run parallel:kills -- --torchrun FILE: trains with two processes under torchrun, kills one of them at random moments, and looks
 * whether the run goes on each time: at the end its weights must be, bit for bit, those of a training that nobody disturbed,
 * and its metrics must hold every step once.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { readCheckpoint } from '../../dist/checkpoint/checkpoint.js';
import { torchrunArguments } from './torchrun.mjs';

const { values: options } = parseArgs({
  options: {
    torchrun: { type: 'string', default: 'torchrun' },
    times: { type: 'string', default: '50' },
    processes: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
  },
});
const times = Number(options.times);
const program = resolve('bin/dcgan-native.js');
const work = mkdtempSync(join(tmpdir(), 'dcgan-kills-'));

/** Steps between two checkpoints, and of the whole: a killed training loses at most the first. */
const [saved, steps] = [10, 300 * times];

/** As in every run of this program: a number from 0 to 1, the next one of a seed (mulberry32). */
function* randomNumbers(seed) {
  for (let state = seed; ; ) {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    yield ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}

/** A training that torchrun starts again whenever a process has ended badly. */
function start(run) {
  const train = ['train', '--resume', 'auto', '--out', run, '--steps', steps, '--seed', 7, '--quiet'];
  const small = [
    '--batch-size',
    16,
    '--features',
    16,
    '--checkpoint-every-steps',
    saved,
    '--sample-every',
    0,
  ];
  const restarting = ['--max-restarts', 10 * times, '--monitor-interval', 0.1];
  const launch = [...torchrunArguments(options.processes), ...restarting];
  const all = [...launch, process.execPath, program, ...train, ...small];
  const child = spawn(options.torchrun, all.map(String), { stdio: ['ignore', 'ignore', 'pipe'] });
  const said = [];
  child.stderr.on('data', (text) => said.push(text));
  const ended = new Promise((done) =>
    child.on('exit', (code, signal) => done({ code, signal, said: said.join('') })),
  );
  return { pid: child.pid, ended };
}

/** The processes that torchrun has started. */
function workersOf(pid) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const [, parent] = /\) \S (\d+)/.exec(readFileSync(`/proc/${name}/stat`, 'utf8'));
        return Number(parent) === pid;
      } catch {
        return false;
      }
    })
    .map(Number);
}

const newest = (run) => {
  const names = readdirSync(join(run, 'checkpoints')).filter((name) => name.startsWith('step-'));
  return readCheckpoint(join(run, 'checkpoints', names.sort().at(-1)));
};

/** What is wrong with the metrics of a run, as a sentence; null for nothing. */
function fault(run) {
  const lines = readFileSync(join(run, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  let reached = 0;
  for (const row of lines.filter(({ type }) => type === 'step')) {
    if (row.step - row.steps !== reached)
      return `after step ${reached} comes a row of steps ${row.step - row.steps + 1} to ${row.step}`;
    reached = row.step;
  }
  return reached === steps ? null : `the rows end at step ${reached} of ${steps}`;
}

/** The first tensor in which two states differ; undefined for none. */
const difference = (one, other) =>
  Object.keys(one).find(
    (name) => Buffer.compare(Buffer.from(one[name].data.buffer), Buffer.from(other[name].data.buffer)) !== 0,
  );

async function main() {
  const disturbed = join(work, 'disturbed');
  const random = randomNumbers(Number(options.seed));
  const training = start(disturbed);
  let running = true;
  const ended = training.ended.then((end) => {
    running = false;
    return end;
  });
  let kills = 0;
  while (running && kills < times) {
    await Promise.race([ended, setTimeout(200 + random.next().value * 5000)]);
    const workers = workersOf(training.pid);
    if (!running || workers.length < Number(options.processes)) continue;
    process.kill(workers[Math.floor(random.next().value * workers.length)], 'SIGKILL');
    kills++;
    process.stdout.write(`${kills} `);
  }
  const { code, signal, said } = await ended;
  process.stdout.write('\n');
  if (code !== 0) throw new Error(`torchrun ended with ${code ?? signal}:\n${said}`);
  const undisturbed = join(work, 'undisturbed');
  const { code: calm } = await start(undisturbed).ended;
  if (calm !== 0) throw new Error('the training that nobody disturbed failed');
  const [one, other] = [await newest(disturbed), await newest(undisturbed)];
  const problems = [
    kills < times && `the training was over after ${kills} kills`,
    one.step !== steps && `it ended at step ${one.step} of ${steps}`,
    fault(disturbed),
    difference(one.state, other.state) &&
      `${difference(one.state, other.state)} is not what it is undisturbed`,
  ].filter(Boolean);
  process.stdout.write(`${kills} kills, ${problems.length} problems\n`);
  for (const problem of problems) process.stdout.write(`${problem}\n`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}

try {
  await main();
} finally {
  spawnSync('pkill', ['-f', work]);
  rmSync(work, { recursive: true, force: true });
}
