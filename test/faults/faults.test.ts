import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../cli/helpers.js';
import { runScript } from './helpers.js';

interface Row {
  readonly scenario: string;
  /** Cases, as `npm run faults -- --case` takes them, and what was wrong. */
  readonly wrong: readonly { readonly case: string; readonly problems: readonly string[] }[];
}

const file = join(temporaryDirectory(), 'report.json');
const canFail = process.platform === 'linux';
let ended: ReturnType<typeof runScript>;
let rows: readonly Row[] = [];

// `npm run faults` tries every call; this is a sample.
beforeAll(() => {
  ended = runScript('faults.mjs', ['--sample', '3', '--json', file]);
  if (canFail) rows = JSON.parse(readFileSync(file, 'utf8'));
}, 900_000);

test('a file operation can be made to fail on Linux, and elsewhere that is said', () => {
  if (canFail) expect(rows.length).toBeGreaterThan(0);
  else expect(ended).toEqual({ status: 3, stdout: '', stderr: expect.stringContaining('for Linux') });
});

test.each([
  'train',
  'resume',
  'resume after a crash',
  'setup',
  'setup --force',
  'generate',
  'export keras',
  'export onnx',
  'export safetensors',
  'import keras',
  'import safetensors',
  'load and save',
])('%s, where a file operation fails, says so and loses nothing', (scenario) => {
  const own = rows.filter((row) => row.scenario === scenario);
  expect(own.length > 0).toBe(canFail);
  expect(own.flatMap(({ wrong }) => wrong)).toEqual([]);
});

test.each([
  [
    'a training that begins to go on and comes to nothing leaves the metrics as they were',
    'resume after a crash',
    [1, 2, 3, 4].map((nth) => `sync:ENOSPC:for-good:${nth}`),
  ],
  [
    'a checkpoint beside which others cannot be listed is said to be unwritten, not unread',
    'train',
    [10, 11, 12].map((nth) => `list:EACCES:once:${nth}`),
  ],
])(
  '%s',
  (_, scenario, faults) => {
    const cases = faults.flatMap((fault) => ['--case', fault]);
    const { status, stdout } = runScript('faults.mjs', ['--only', scenario, ...cases]);
    if (canFail) expect(stdout).toContain(`${faults.length} cases, 0 of them wrong`);
    expect(status).toBe(canFail ? 0 : 3);
  },
  300_000,
);
