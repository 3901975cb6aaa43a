/**
 * `npm run faults:native`: lets every single call of malloc, aligned_alloc, mmap and pthread_create in the native part fail,
 * once and for good, in the life of a trainer and a generator. No crash, no hang, the right code, and afterwards every
 * method works again.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const { Plan, kinds } = createRequire(import.meta.url)('./plan.cjs');

const usage = `usage: npm run faults:native -- [options]
  --index FILE    the compiled package (default: dist/index.js)
  --kinds LIST    of ${kinds.join(', ')} (default: all)
  --first N       the first call that fails (default: 1)
  --every N       try every Nth call (default: 1)`;

/** Runs trials from `first` on until there is no Nth call or the process ends. @returns what it did and what is wrong */
async function runTrial({ preload, planFile, ...trial }) {
  writeFileSync(planFile, Buffer.alloc(40));
  const child = spawn(process.execPath, [join(here, 'trial.cjs'), JSON.stringify(trial)], {
    env: { ...process.env, LD_PRELOAD: preload, DCGAN_FAULTS: planFile },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (text) => {
    said = (said + text).slice(-1000);
  });
  const trials = [];
  createInterface({ input: child.stdout }).on('line', (line) => trials.push(JSON.parse(line)));
  const [status, signal] = await new Promise((done) => child.on('close', (...how) => done(how)));
  const wrong = status === 0 ? null : `${said.trim().split('\n').at(-1)} (${signal ?? `status ${status}`})`;
  return { trials, wrong };
}

/** Every Nth call of one kind. @returns how many calls failed, and what went wrong */
async function tryKind(setting) {
  const problems = [];
  let failures = 0;
  let rejections = 0;
  for (let first = setting.first; ; ) {
    const { trials, wrong } = await runTrial({ ...setting, first });
    failures += trials.filter(({ failed }) => failed > 0).length;
    rejections += trials.filter(({ codes }) => codes.length > 0).length;
    if (wrong === null) return { failures, rejections, problems };
    const plan = new Plan(setting.planFile);
    const { nth } = plan.read();
    plan.close();
    problems.push(`call ${nth}: ${wrong}`);
    if (trials.length === 0 && problems.length > 20) return { failures, rejections, problems };
    first = nth + setting.every;
  }
}

async function main({ values }) {
  const directory = mkdtempSync(join(tmpdir(), 'dcgan-faults-'));
  try {
    const preload = join(directory, 'faults.so');
    const compiler = process.env.CXX ?? 'c++';
    execFileSync(compiler, [
      '-std=c++20',
      '-O1',
      '-fPIC',
      '-shared',
      '-o',
      preload,
      join(here, 'faults.cpp'),
      '-ldl',
    ]);
    const planFile = join(directory, 'plan');
    for (const kind of values.kinds.split(',')) {
      for (const forGood of [false, true]) {
        const index = resolve(values.index);
        const numbers = { first: Number(values.first), every: Number(values.every) };
        const { failures, rejections, problems } = await tryKind({
          preload,
          planFile,
          index,
          kind,
          forGood,
          ...numbers,
        });
        const mode = forGood ? 'for good' : 'once';
        process.stdout.write(`${kind}, ${mode}: ${failures} calls failed, ${rejections} told the caller, `);
        process.stdout.write(`${problems.length} went wrong\n`);
        for (const problem of problems) process.stdout.write(`  ${problem}\n`);
        if (problems.length > 0) process.exitCode = 1;
      }
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
}

try {
  await main(
    parseArgs({
      options: {
        index: { type: 'string', default: 'dist/index.js' },
        kinds: { type: 'string', default: kinds.join(',') },
        first: { type: 'string', default: '1' },
        every: { type: 'string', default: '1' },
      },
    }),
  );
} catch (error) {
  process.stderr.write(`error: ${error.message}\n\n${usage}\n`);
  process.exitCode = 2;
}
