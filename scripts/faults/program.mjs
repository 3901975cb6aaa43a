import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(import.meta.url);

const packageRoot = join(import.meta.dirname, '..', '..');

/** Where a module of the package's library lies. */
export const modulePath = (name) => join(packageRoot, 'dist', name);

/** That module. */
export const library = (name) => require(modulePath(name));

/**
 * Runs the command line in this process, and tells how it ended.
 * @returns status; the code and the sentence of the error that it named; its events, with `--json`
 */
export async function runHere(args) {
  const written = { stdout: '', stderr: '' };
  const originals = {};
  for (const name of ['stdout', 'stderr']) {
    originals[name] = process[name].write;
    process[name].write = (text) => {
      written[name] += text;
      return true;
    };
  }
  let status = null;
  try {
    status = await library('cli/main.js').main(args);
  } finally {
    for (const name of ['stdout', 'stderr']) process[name].write = originals[name];
  }
  return outcomeOf(status, null, written.stdout, written.stderr);
}

/** The same in a process of its own, which may be killed. */
export const runInChild = (args) => finished(startProgram(args));

/** Starts the command line in a process of its own. */
export const startProgram = (args) =>
  startNode(
    `require(${JSON.stringify(modulePath('cli/main.js'))})
      .main(process.argv.slice(1)).then((code) => { process.exitCode = code; });`,
    args,
  );

/** Starts a script in a process of its own. */
export function startNode(script, args = []) {
  return spawn(process.execPath, ['-e', script, '--', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** How a process that was started ends, in the same words. */
export async function finished(child) {
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (piece) => {
    stdout += piece;
  });
  child.stderr.on('data', (piece) => {
    stderr += piece;
  });
  const [status, signal] = await once(child, 'close');
  return outcomeOf(status, signal, stdout, stderr);
}

function outcomeOf(status, signal, stdout, stderr) {
  const [, code = null, sentence = null] = /^error: (\w+): (.*)$/m.exec(stderr) ?? [];
  // A process that was killed leaves half a line.
  const lines = stdout.split('\n').slice(0, -1);
  return { status, signal, code, sentence, events: lines.filter(isJson).map((line) => JSON.parse(line)) };
}

const isJson = (line) => line.startsWith('{');
