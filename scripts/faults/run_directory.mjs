import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { growOld } from './files.mjs';
import { stepOf } from './material.mjs';
import { runHere } from './program.mjs';

/** What lies in a run directory, read without the package. `references` tells whole checkpoints from others. */
export function inspect(directory, references) {
  const paths = readdirSync(directory, { recursive: true }).sort();
  const checkpoints = paths
    .filter((path) => /^checkpoints\/step-.*\.safetensors$/.test(path))
    .map((path) => ({ path, step: stepOf(path), bytes: readFileSync(join(directory, path)) }));
  const isWhole = ({ step, bytes }) => references.get(step)?.equals(bytes);
  const lines = read(join(directory, 'metrics.jsonl')).split('\n');
  return {
    config: read(join(directory, 'config.json')),
    metrics: lines.slice(0, -1),
    /** What follows the last line of metrics.jsonl: nothing, or a line that was cut short. */
    rest: lines.at(-1),
    damaged: checkpoints.filter((checkpoint) => !isWhole(checkpoint)).map(({ path }) => path),
    newest: Math.max(0, ...checkpoints.filter(isWhole).map(({ step }) => step)),
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
  const isKilled = fault?.mode === 'kill';
  const start = outcome.events.find(({ type }) => type === 'start');
  expect(!start || start.step === from, `it began at step ${start?.step}, not ${from}`);

  const damaged = after.damaged.filter((path) => !before.damaged.includes(path));
  expect(damaged.length === 0, `damaged: ${damaged.join(', ')}`);
  expect(
    after.newest >= before.newest,
    `the newest whole checkpoint was ${before.newest}, is ${after.newest}`,
  );
  const isDamaged = after.config !== '' && !isObject(after.config);
  expect(!isDamaged, 'config.json is damaged');
  if (before.config !== '' && !isDamaged) {
    expect(after.config === before.config || isNext(before.config, after.config), 'config.json was changed');
  }
  for (const picture of after.pictures) {
    const end = readFileSync(join(directory, picture)).toString('latin1').slice(-8, -4);
    expect(end === 'IEND', `${picture} is damaged`);
  }
  const temporaries = after.temporaries.filter((path) => !before.temporaries.includes(path));
  // Node's rm looks at a file before it removes it.
  const mayLeave = isKilled || ['unlink', 'stat'].includes(fault?.operation) ? 1 : 0;
  expect(temporaries.length <= mayLeave, `left: ${temporaries.join(', ')}`);

  problems.push(...metricsProblems(after.metrics));
  // What a killed training wrote after its last checkpoint goes when something takes its place, and not before.
  const stay = start ? before.metrics.filter((line) => JSON.parse(line).step <= from) : before.metrics;
  const isShorter = stay.some((line, i) => after.metrics[i] !== line);
  expect(!isShorter, `metrics.jsonl was shortened: ${stay.length} → ${after.metrics.length} lines`);
  // Nobody can end the line in which a process is killed; the next one must not be merged with it.
  const isUntouched = after.metrics.length === before.metrics.length && after.rest === before.rest;
  expect(isKilled || isUntouched || after.rest === '', `metrics.jsonl ends within a line: ${after.rest}`);

  if (outcome.status === 0) {
    expect(after.newest === to, `it ended with 0, and the newest checkpoint is ${after.newest}, not ${to}`);
    problems.push(...missingSteps(after.metrics, to));
  }
  return problems;
}

/** Whether a `config.json` is that of the session after the one of another, with the same settings. */
function isNext(before, after) {
  const [{ history: past, ...old }, { history, ...now }] = [before, after].map((text) =>
    JSON.parse(text || '{}'),
  );
  const isSame = ['versions', 'model', 'data'].every((part) => isDeepStrictEqual(old[part], now[part]));
  return isSame && isDeepStrictEqual(history?.slice(0, -1), past);
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
  const isOrdered = steps.every((step, i) => i === 0 || step > steps[i - 1]);
  return isOrdered ? [] : [`metrics.jsonl has the steps ${steps.join(', ')}`];
}

function stepsOf(lines) {
  const events = lines.map((line) => JSON.parse(line));
  return events.filter(({ type }) => type === 'step').map(({ step }) => step);
}

function missingSteps(lines, last) {
  const steps = new Set(stepsOf(lines));
  const missing = Array.from({ length: last }, (_, i) => i + 1).filter((step) => !steps.has(step));
  return missing.length === 0 ? [] : [`metrics.jsonl lacks the steps ${missing.join(', ')}`];
}

/**
 * Goes on with a run on a sound disk, a day later, and tells what is wrong: it must begin at the newest whole checkpoint, or
 * where there is none at the beginning, end as an uninterrupted training does, and clear away what was left.
 * @param startAnew trains into the same directory from the beginning, for a run that has not come to a `config.json`
 */
export async function continuationProblems(directory, references, startAnew) {
  growOld(directory);
  const left = inspect(directory, references);
  if (left.config === '') {
    const { status, code, sentence } = await startAnew();
    return status === 0 ? [] : [`the directory cannot be used again: ${code}: ${sentence}`];
  }
  const outcome = await runHere(['train', '--resume', directory, '--steps', '1', '--json']);
  if (outcome.status !== 0) return [`--resume fails afterwards: ${outcome.code}: ${outcome.sentence}`];
  const before = { ...left, temporaries: [] };
  const told = { before, outcome, from: left.newest, to: left.newest + 1 };
  const problems = runProblems(directory, inspect(directory, references), told);
  return problems.map((problem) => `--resume afterwards: ${problem}`);
}
