import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { growOld } from './files.mjs';
import { stepOf } from './material.mjs';
import { runHere } from './program.mjs';

/** What lies in a run directory, read without the package. `references` tells whole checkpoints from others. */
export function inspect(directory, references) {
  const paths = readdirSync(directory, { recursive: true }).sort();
  const text = read(join(directory, 'metrics.jsonl'));
  const checkpoints = paths.filter((path) => /^checkpoints\/step-.*\.safetensors$/.test(path));
  const isWhole = (path) => references.get(stepOf(at(path)))?.equals(readFileSync(join(directory, path)));
  const at = (path) => path.split('/').at(-1);
  return {
    config: read(join(directory, 'config.json')),
    metrics: text.split('\n').filter((line) => line !== ''),
    isWholeLines: text === '' || text.endsWith('\n'),
    damaged: checkpoints.filter((path) => !isWhole(path)),
    newest: Math.max(0, ...checkpoints.filter(isWhole).map((path) => stepOf(at(path)))),
    pictures: paths.filter((path) => path.endsWith('.png')),
    temporaries: paths.filter((path) => path.endsWith('.tmp')),
  };
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return '';
    throw error;
  }
}

/** What is wrong with a run directory on which a training has ended somehow, as sentences. */
export function runProblems(directory, after, { before, fault, outcome, from, to }) {
  const problems = [];
  const expect = (holds, sentence) => holds || problems.push(sentence);
  const killed = fault?.mode === 'kill';
  const start = outcome.events.find(({ type }) => type === 'start');
  expect(after.damaged.length === 0, `damaged: ${after.damaged.join(', ')}`);
  expect(
    after.newest >= before.newest,
    `the newest whole checkpoint was ${before.newest}, is ${after.newest}`,
  );
  expect(!start || start.step === from, `it began at step ${start?.step}, not ${from}`);
  // Nobody can finish the line in which a process is killed; the next one must not be merged with it.
  expect(killed || after.isWholeLines, 'metrics.jsonl ends within a line');
  const lines = killed && !after.isWholeLines ? after.metrics.slice(0, -1) : after.metrics;
  problems.push(...metricsProblems(lines));
  const shortened = before.metrics.some((line, i) => lines[i] !== line);
  expect(!shortened, `metrics.jsonl was shortened: ${before.metrics.length} → ${lines.length} lines`);
  if (before.config !== '') expect(after.config === before.config, 'config.json was changed');
  expect(after.config === '' || isObject(after.config), 'config.json is damaged');
  for (const picture of after.pictures) {
    const whole = readFileSync(join(directory, picture)).subarray(-8, -4).toString('latin1') === 'IEND';
    expect(whole, `${picture} is damaged`);
  }
  const mayLeave = killed || fault?.operation === 'unlink' ? 1 : 0;
  expect(after.temporaries.length <= mayLeave, `left: ${after.temporaries.join(', ')}`);
  if (outcome.status === 0) {
    expect(after.newest === to, `it ended with 0, and the newest checkpoint is ${after.newest}, not ${to}`);
    problems.push(...missingSteps(lines, to));
  }
  return problems;
}

function isObject(line) {
  try {
    return typeof JSON.parse(line) === 'object';
  } catch {
    return false;
  }
}

function metricsProblems(lines) {
  const bad = lines.filter((line) => !isObject(line));
  if (bad.length > 0) return bad.map((line) => `metrics.jsonl has the line ${line}`);
  const steps = stepsOf(lines);
  const ordered = steps.every((step, i) => i === 0 || step > steps[i - 1]);
  return ordered ? [] : [`metrics.jsonl has the steps ${steps.join(', ')}`];
}

const stepsOf = (lines) =>
  lines
    .map((line) => JSON.parse(line))
    .filter(({ type }) => type === 'step')
    .map(({ step }) => step);

function missingSteps(lines, last) {
  const steps = new Set(stepsOf(lines));
  const missing = Array.from({ length: last }, (_, i) => i + 1).filter((step) => !steps.has(step));
  return missing.length === 0 ? [] : [`metrics.jsonl lacks the steps ${missing.join(', ')}`];
}

/**
 * Goes on with a run on a sound disk, long after, and tells what is wrong: it must begin at the newest whole checkpoint, end
 * as an uninterrupted training does, and clear away what was left.
 */
export async function continuationProblems(directory, references, startAnew) {
  const before = inspect(directory, references);
  growOld(directory);
  if (before.newest === 0) return begunAnewProblems(directory, before, startAnew);
  const outcome = await runHere(['train', '--resume', directory, '--steps', '1', '--json']);
  if (outcome.status !== 0) return [`--resume fails afterwards: ${outcome.code}: ${outcome.sentence}`];
  const [from, to] = [before.newest, before.newest + 1];
  const after = inspect(directory, references);
  const said = runProblems(directory, after, { before: { ...before, metrics: [] }, outcome, from, to });
  return said.map((problem) => `--resume afterwards: ${problem}`);
}

/** Without a checkpoint there is nothing to go on with; a directory in which nothing was begun can be used again. */
async function begunAnewProblems(directory, { config }, startAnew) {
  if (config === '') {
    const { status, code, sentence } = await startAnew();
    return status === 0 ? [] : [`the directory cannot be used again: ${code}: ${sentence}`];
  }
  const { status, code } = await runHere(['train', '--resume', directory, '--steps', '1']);
  const refused = status === 1 && code === 'ERR_CHECKPOINT_NOT_FOUND';
  return refused ? [] : [`--resume without a checkpoint ends with ${status}, ${code}`];
}
