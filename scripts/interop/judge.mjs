import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../process/run.mjs';

const judges = join(dirname(fileURLToPath(import.meta.url)), 'judges');

/**
 * Runs a script of `judges/`, by Python or Node.js, in a process of its own.
 * @returns the line that it prints: who it is
 * @throws Error with the end of what it said on stderr
 */
export function runJudge({ python, modules }, script, args, variables = {}) {
  const program = script.endsWith('.py') ? python : process.execPath;
  const env = {
    ...process.env,
    NODE_PATH: modules,
    TF_CPP_MIN_LOG_LEVEL: '3',
    PYTHONDONTWRITEBYTECODE: '1',
    ...variables,
  };
  return run(program, [join(judges, script), ...args], { env }).trim();
}

/** Numbers that a judge wrote, or is to read: see judges/exchange.py. */
export function readFloats(directory, name) {
  const { buffer } = new Uint8Array(readFileSync(join(directory, `${name}.f32`)));
  return new Float32Array(buffer);
}

export function writeFloats(directory, arrays) {
  for (const [name, values] of Object.entries(arrays)) writeFileSync(join(directory, `${name}.f32`), values);
}

/** Makes a directory, and gives its path. */
export function directoryIn(parent, name) {
  const path = join(parent, name);
  mkdirSync(path);
  return path;
}
