import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRun } from '../../lib/run/run.js';
import { RunWriter } from '../../lib/run/writer.js';
import { temporaryDirectory } from '../checkpoint/helpers.js';
import { modelCheckpoint } from '../support/model_state.js';

export const root = temporaryDirectory();
const open: RunWriter[] = [];
let count = 0;

/** A path where nothing is yet. */
export const freshName = () => join(root, `run-${count++}`);

/** Ends the run's session after the test. */
export async function owned(run: Promise<RunWriter>): Promise<RunWriter> {
  open.push(await run);
  return run;
}

afterEach(async () => {
  for (const run of open.splice(0)) await run.end();
});

export async function freshRun(): Promise<RunWriter> {
  const run = await owned(createRun(freshName()));
  await run.writeConfig({ batchSize: 8 });
  return run;
}

/** The same run, given free and taken again by another session that goes on from `step`. */
export async function reopened(run: RunWriter, step: number): Promise<RunWriter> {
  await run.end();
  return owned(RunWriter.begin(run.directory, run.session, step));
}

export async function save(
  run: RunWriter,
  steps: readonly number[],
  keepLast = 3,
  kept: readonly number[] = [],
): Promise<void> {
  for (const step of steps) {
    await run.saveCheckpoint(modelCheckpoint(step), { keepLast, keepForGood: kept.includes(step) });
  }
}

export const stored = (run: RunWriter) => readdirSync(join(run.directory, 'checkpoints')).sort();

/** The lines of a run's metrics, each whole, without when and by which session they were written. */
export function metricsOf(run: RunWriter): object[] {
  const lines = readFileSync(join(run.directory, 'metrics.jsonl'), 'utf8').split('\n');
  expect(lines.pop()).toBe('');
  return lines.map((line) => {
    const { time, session, ...row } = JSON.parse(line);
    return row;
  });
}
