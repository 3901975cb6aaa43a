/** Tries one case after the other in this process, as faults.mjs asks; the library is preloaded. */
import { existsSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Control } from './library.mjs';
import { makeMaterial, referenceCheckpoints } from './material.mjs';
import { runHere, runInChild } from './program.mjs';
import { scenarios } from './scenarios/scenarios.mjs';

const work = process.env.FAULTS_WORK;
const control = new Control(process.env.FAULTS_CONTROL);
const directory = join(work, 'case');
const material = join(work, 'material');

async function tryCase(place, { scenario: name, fault }) {
  const scenario = scenarios.find((one) => one.name === name);
  rmSync(directory, { recursive: true, force: true });
  scenario.prepare(place);
  const before = await scenario.before?.(place);
  control.arm(directory, fault);
  const outcome = await scenario.run(place, fault?.mode === 'kill' ? runInChild : runHere);
  const { fired, calls } = control.disarm();
  const problems = [
    ...outcomeProblems(scenario, outcome, fault, fired),
    ...(await scenario.problems(place, { before, fault, outcome })),
  ];
  const { status, signal, code, sentence } = outcome;
  return { fired, calls, outcome: { status, signal, code, sentence }, problems };
}

/** The process ends with 0, or with 1 and an error that says something; or is killed when it is to be. */
function outcomeProblems({ codes }, { status, signal, code, sentence }, fault, fired) {
  if (fired === 0) return status === 0 ? [] : [`it fails without a fault: ${code}: ${sentence}`];
  if (status === 0 || (fault.mode === 'kill' && signal === 'SIGKILL')) return [];
  if (status !== 1) return [`it ends with ${status ?? signal}`];
  if (!codes.includes(code)) return [`the code is ${code}: ${sentence}`];
  return /^\S.*\s.*[.)]$/.test(sentence) ? [] : [`the sentence is none: ${sentence}`];
}

/** Files of the case that this process has open. */
function openFiles() {
  const links = readdirSync('/proc/self/fd').map((name) => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`);
    } catch {
      // That of the listing itself.
      return '';
    }
  });
  return links.filter((path) => path.startsWith(`${directory}/`));
}

if (!existsSync(material)) await makeMaterial(material, join(directory, 'images'));
/** What nobody caught since the last case. */
const uncaught = [];
process.on('uncaughtException', (error) => uncaught.push(error));
process.on('unhandledRejection', (error) => uncaught.push(error));

const place = { directory, material, references: referenceCheckpoints(material) };
const known = new Set();
process.on('message', async (asked) => {
  process.send(
    await answer(asked).catch((error) => {
      control.disarm();
      return { fired: 1, calls: null, outcome: null, problems: [`it cannot be tried: ${error.stack}`] };
    }),
  );
});
process.send('ready');

async function answer(asked) {
  // What is loaded when it is first needed, and what the others are compared with.
  if (!known.has(asked.scenario)) await tryCase(place, { scenario: asked.scenario, fault: null });
  known.add(asked.scenario);
  uncaught.splice(0);
  const result = await tryCase(place, asked);
  const open = openFiles();
  if (open.length > 0) result.problems.push(`left open: ${open.join(', ')}`);
  for (const error of uncaught) result.problems.push(`nobody caught: ${error?.stack ?? error}`);
  return result;
}
