/** `npm run search`: looks for options that draw good digits soon. `--help` says the rest. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pointOf, space } from './space.mjs';

const usage = `Usage: npm run search -- [options]

Looks for options of a training on MNIST that reach the lowest FID in a given time, by successive halving (Jamieson and
Talwalkar 2016): many points of a space (scripts/search/space.mjs) are trained for a short time, the better third of them
for three times as long, and so on until the last ones had all of it. Each trial is a process of its own. Results are lines of
DIRECTORY/trials.jsonl; one that is there is not done again, so a search that was stopped goes on where it was.

  --seconds S     of training, of the last round; default 110
  --points N      how many are begun with; default 27
  --seeds N       of the best one at the end; default 3
  --directory D   default: search
  --help          show this
`;

const eta = 3;
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '110' },
    points: { type: 'string', default: '27' },
    seeds: { type: 'string', default: '3' },
    directory: { type: 'string', default: 'search' },
    help: { type: 'boolean', default: false },
  },
});
const [seconds, points, seeds] = [values.seconds, values.points, values.seeds].map(Number);
const file = join(values.directory, 'trials.jsonl');

/** The result of a trial: read where it is there, else made. */
function trial(known, number, budget, seed) {
  const key = `${number}/${budget}/${seed}`;
  const found = known.get(key);
  if (found) return found;
  const point = pointOf(number);
  const args = [join(import.meta.dirname, 'trial.mjs'), JSON.stringify(point), String(budget), String(seed)];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`Trial ${key} failed: ${stderr.trim().split('\n').at(-1)}`);
  const result = { key, number, budget, seed, point, ...JSON.parse(stdout) };
  known.set(key, result);
  appendFileSync(file, `${JSON.stringify(result)}\n`);
  process.stderr.write(`${key}: FID ${result.fid?.toFixed(1) ?? 'none'} after ${result.steps} steps\n`);
  return result;
}

const worth = ({ fid }) => fid ?? Number.POSITIVE_INFINITY;
const better = (a, b) => worth(a) - worth(b);

function search() {
  mkdirSync(values.directory, { recursive: true });
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  const known = new Map(lines.map((line) => JSON.parse(line)).map((result) => [result.key, result]));
  const rounds = Math.max(1, Math.round(Math.log(points) / Math.log(eta)));
  let numbers = Array.from({ length: points }, (_, i) => i);
  let last = [];
  for (let round = rounds - 1; round >= 0; round--) {
    const budget = Math.round(seconds / eta ** round);
    last = numbers.map((number) => trial(known, number, budget, 1)).sort(better);
    if (round > 0)
      numbers = last.slice(0, Math.max(1, Math.round(numbers.length / eta))).map(({ number }) => number);
  }
  const [best] = last;
  const repeated = Array.from({ length: seeds }, (_, i) => trial(known, best.number, seconds, i + 1));
  return { last, repeated };
}

/** A table of the last round, in Markdown. */
function table({ last, repeated }) {
  const names = Object.keys(space);
  const row = (cells) => `| ${cells.join(' | ')} |`;
  const lines = last.map((result) =>
    row([
      result.fid?.toFixed(1) ?? '–',
      result.recall?.toFixed(2) ?? '–',
      result.steps,
      ...names.map((name) => result.point[name]),
    ]),
  );
  const fids = repeated.map(({ fid }) => fid?.toFixed(1) ?? '–');
  return [
    row(['FID', 'recall', 'steps', ...names]),
    row(Array.from({ length: names.length + 3 }, () => '---')),
    ...lines,
    '',
    `The best of them with ${fids.length} seeds: FID ${fids.join(', ')}.`,
  ].join('\n');
}

if (values.help) process.stdout.write(usage);
else process.stdout.write(`${table(search())}\n`);
