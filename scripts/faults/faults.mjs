/** `npm run faults`: what is left when file operations fail. `--help` says the rest. */
import { mkdtempSync, realpathSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { few, nameOf, parseCase, sampleOf, seriesOf } from './cases.mjs';
import { Control, compileLibrary, errorsOf, modes } from './library.mjs';
import { scenarios } from './scenarios/scenarios.mjs';
import { Worker } from './workers.mjs';

const operations = Object.keys(errorsOf);
/** Of a dozen checkpoints and what the scenarios make of them. */
const wantedBytes = 1e9;
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
  --verbose         every case, with how it ended
  --help            show this

Ends with 0 when nothing is wrong, 1 when something is.
`;

/** Tries what is asked of one scenario. @returns rows of the table, and what is wrong */
async function tryScenario(worker, scenario, asked) {
  const { calls } = await worker.ask({ scenario: scenario.name, fault: null });
  const rows = new Map();
  const attempt = async (fault) => {
    const result = await worker.ask({ scenario: scenario.name, fault });
    if (result.fired === 0 && result.problems.length === 0) return false;
    const key = `${fault.operation} ${fault.mode}`;
    const row = rows.get(key) ?? {
      scenario: scenario.name,
      ...fault,
      calls: calls[fault.operation],
      cases: 0,
      failed: 0,
      problems: [],
    };
    rows.set(key, row);
    row.cases++;
    row.failed += result.problems.length > 0 ? 1 : 0;
    row.problems.push(...result.problems.map((problem) => ({ name: nameOf(fault), problem })));
    if (asked.verbose) say(`${scenario.name} ${nameOf(fault)} ${JSON.stringify(result.outcome)}`);
    for (const problem of result.problems) say(`${scenario.name} ${nameOf(fault)}: ${problem}`);
    return result.fired > 0;
  };
  if (asked.cases) for (const fault of asked.cases) await attempt(fault);
  else {
    const own = { ...asked, modes: asked.modes.filter((mode) => mode !== 'kill' || !scenario.isApi) };
    if (asked.sample) for (const fault of sampleOf(calls, own, asked.sample)) await attempt(fault);
    else {
      for (const caseOf of seriesOf(calls, own)) {
        for (let nth = 1; await attempt(caseOf(nth)); nth++);
      }
    }
  }
  return [...rows.values()];
}

const say = (line) => process.stderr.write(`${line}\n`);

function table(rows) {
  const widths = [20, 10, 10, 7, 7, 7];
  const line = (cells) =>
    cells
      .map((cell, i) => String(cell).padEnd(widths[i]))
      .join('')
      .trimEnd();
  const head = line(['scenario', 'operation', 'mode', 'calls', 'cases', 'wrong']);
  const body = rows.map(({ scenario, operation, mode, calls, cases, failed }) =>
    line([scenario, operation, mode, calls, cases, failed]),
  );
  return `${[head, ...body].join('\n')}\n`;
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
      sample: { type: 'string' },
      verbose: flag,
      help: flag,
    },
  });
  if (values.help) return process.stdout.write(usage);
  const asked = {
    operations: values.operation,
    modes: values.mode,
    cases: values.case?.map(parseCase),
    allErrors: values['all-errors'],
    sample: Number(values.sample ?? 0),
    verbose: values.verbose,
  };
  const work = realpathSync(mkdtempSync(join(quickDirectory(), 'dcgan-faults-')));
  const control = join(work, 'control');
  Control.create(control);
  const worker = new Worker({ library: compileLibrary(work), control, work });
  const rows = [];
  try {
    for (const scenario of scenarios.filter(({ name }) => values.only.includes(name))) {
      const began = performance.now();
      rows.push(...(await tryScenario(worker, scenario, asked)));
      say(`${scenario.name}: ${Math.round((performance.now() - began) / 1000)} s`);
    }
  } finally {
    worker.stop();
    rmSync(work, { recursive: true, force: true });
  }
  const [cases, failed] = ['cases', 'failed'].map((key) => rows.reduce((sum, row) => sum + row[key], 0));
  process.stdout.write(`${table(rows)}\n${cases} cases, ${failed} of them wrong\n`);
  process.exitCode = failed > 0 ? 1 : 0;
}

await main(process.argv.slice(2));
