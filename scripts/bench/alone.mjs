import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../process/run.mjs';
import { median } from './median.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const startRuns = 5;

/** Runs a script in a process of its own. @returns what it printed */
function alone(script, args) {
  try {
    return run(process.execPath, [script, ...args]);
  } catch (cause) {
    throw new Error(`${cause.message} Is everything built? Run: npm run build`, { cause });
  }
}

/** Milliseconds until `--help` has been printed and the process is gone. */
export function helpMilliseconds() {
  const once = () => {
    const began = performance.now();
    alone(join(here, '..', '..', 'bin', 'dcgan-native.js'), ['--help']);
    return performance.now() - began;
  };
  return median(Array.from({ length: startRuns }, once));
}

/**
 * From `require` to the first digit drawn from a checkpoint, in fresh processes.
 * @returns medians in milliseconds, by part, in the order in which they happen
 */
export function firstDigitMilliseconds() {
  const script = join(here, 'first_digit.mjs');
  const directory = mkdtempSync(join(tmpdir(), 'dcgan-bench-'));
  const file = join(directory, 'generator.safetensors');
  try {
    alone(script, ['save', file]);
    const draw = () => JSON.parse(alone(script, ['draw', file]));
    // The first one warms the system's cache of files.
    draw();
    const all = Array.from({ length: startRuns }, draw);
    return Object.fromEntries(Object.keys(all[0]).map((part) => [part, median(all.map((one) => one[part]))]));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The profile of one precision, and what was measured of the machine: see profile.mjs. */
export function profile({ precision, batch, threads, rounds, steps }) {
  const settings = Object.entries({ precision, batch, threads, rounds, steps });
  return JSON.parse(
    alone(
      join(here, 'profile.mjs'),
      settings.flatMap(([name, value]) => [`--${name}`, String(value)]),
    ),
  );
}
