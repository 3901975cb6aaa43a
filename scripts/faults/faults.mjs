/** `npm run faults`: what is left when file operations fail. `--help` says the rest. */
import { mkdtempSync, realpathSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { few, nameOf, parseCase, sampleOf, seriesOf } from './cases.mjs';
import { Control, compileLibrary, errorsOf, modes } from './library.mjs';
import { scenarios } from './scenarios/scenarios.mjs';
import { Worker } from './workers.mjs';

const operations = Object.keys(errorsOf);
const names = scenarios.map(({ name }) => name);

const usage = `Usage: npm run faults -- [options]

Lets the Nth call of open, read, write, … fail, for N = 1, 2, … until none does, once and for good, or kills the process at
it, and looks at what is left. Linux; needs a C compiler.

  --only NAME       a scenario, and no other (may be repeated): ${names.join(', ')}
  --operation NAME  an operation, and no other (may be repeated): ${operations.join(', ')}
  --mode NAME       the same: ${modes.join(', ')}
  --case CASE       one case alone, as the report names it: write:EIO:once:17
  --all-errors      every error at every call; else, of more than ${few} calls, at each call one of them
  --sample N        only about N cases of each scenario
  --json FILE       the report as JSON
  --verbose         every case, with how it ended
  --help            show this

Ends with 0 when nothing is wrong, 1 when something is, 3 where it cannot be tried.
`;

const notRun = 3;
/** Of a dozen checkpoints and what the scenarios make of them. */
const wantedBytes = 1e9;

/** What is asked of a scenario, case by case. */
async function* casesOf(calls, asked, wasCalled) {
  if (asked.cases) yield* asked.cases;
  else if (asked.sample > 0) yield* sampleOf(calls, asked, asked.sample);
  else {
    for (const caseOf of seriesOf(calls, asked)) {
      for (let nth = 1; nth === 1 || wasCalled(); nth++) yield caseOf(nth);
    }
  }
}

/** Tries what is asked of one scenario. @returns the rows of its table: one for each operation and mode */
async function tryScenario(worker, { name, isApi }, asked) {
  const { calls, problems } = await worker.ask({ scenario: name, fault: null });
  if (problems.length > 0) throw new Error(`${name} fails when no call does: ${problems.join('; ')}`);
  const own = { ...asked, modes: asked.modes.filter((mode) => mode !== 'kill' || !isApi) };
  const rows = new Map();
  let fired = 0;
  for await (const fault of casesOf(calls, own, () => fired > 0)) {
    const result = await worker.ask({ scenario: name, fault });
    fired = result.fired;
    if (asked.verbose) say(`${name}: ${nameOf(fault)} ${JSON.stringify(result.outcome)}`);
    if (fired === 0 && result.problems.length === 0) continue;
    const { operation, mode } = fault;
    const key = `${operation} ${mode}`;
    const row = rows.get(key) ?? {
      scenario: name,
      operation,
      mode,
      calls: calls[operation],
      cases: 0,
      wrong: [],
    };
    rows.set(key, row);
    row.cases++;
    if (result.problems.length > 0) row.wrong.push({ case: nameOf(fault), problems: result.problems });
    for (const problem of result.problems) say(`${name}: ${nameOf(fault)}: ${problem}`);
  }
  return [...rows.values()];
}

const say = (line) => process.stderr.write(`${line}\n`);

function table(rows) {
  const widths = [22, 11, 10, 7, 7, 7];
  const line = (cells) =>
    cells
      .map((cell, i) => String(cell).padEnd(widths[i]))
      .join('')
      .trimEnd();
  const body = rows.map(({ scenario, operation, mode, calls, cases, wrong }) =>
    line([scenario, operation, mode, calls, cases, wrong.length]),
  );
  return [line(['scenario', 'operation', 'mode', 'calls', 'cases', 'wrong']), ...body].join('\n');
}

/** A file system in memory where there is one with room: nothing here is about what a disk does when the power fails. */
function quickDirectory() {
  const memory = '/dev/shm';
  try {
    const { bavail, bsize } = statfsSync(memory);
    if (bavail * bsize >= wantedBytes) return memory;
  } catch {
    // There is none.
  }
  return tmpdir();
}

async function tryAll(chosen, asked) {
  const work = realpathSync(mkdtempSync(join(quickDirectory(), 'dcgan-faults-')));
  const control = join(work, 'control');
  Control.create(control);
  const worker = new Worker({ library: compileLibrary(work), control, work });
  const rows = [];
  try {
    for (const scenario of chosen) {
      const began = performance.now();
      rows.push(...(await tryScenario(worker, scenario, asked)));
      say(`${scenario.name}: ${Math.round((performance.now() - began) / 1000)} s`);
    }
  } finally {
    worker.stop();
    rmSync(work, { recursive: true, force: true });
  }
  return rows;
}

async function main(args) {
  const list = { type: 'string', multiple: true };
  const flag = { type: 'boolean', default: false };
  const { values } = parseArgs({
    args,
    options: {
      only: { ...list, default: names },
      operation: { ...list, default: operations },
      mode: { ...list, default: modes },
      case: list,
      'all-errors': flag,
      sample: { type: 'string', default: '0' },
      json: { type: 'string' },
      verbose: flag,
      help: flag,
    },
  });
  if (values.help) return process.stdout.write(usage);
  if (process.platform !== 'linux') {
    say('The library that lets calls fail is for Linux.');
    process.exitCode = notRun;
    return;
  }
  const rows = await tryAll(
    scenarios.filter(({ name }) => values.only.includes(name)),
    {
      operations: values.operation,
      modes: values.mode,
      cases: values.case?.map(parseCase),
      allErrors: values['all-errors'],
      sample: Number(values.sample),
      verbose: values.verbose,
    },
  );
  if (values.json) writeFileSync(values.json, JSON.stringify(rows));
  const cases = rows.reduce((sum, row) => sum + row.cases, 0);
  const wrong = rows.reduce((sum, row) => sum + row.wrong.length, 0);
  process.stdout.write(`${table(rows)}\n\n${cases} cases, ${wrong} of them wrong\n`);
  process.exitCode = wrong > 0 ? 1 : 0;
}

await main(process.argv.slice(2));
