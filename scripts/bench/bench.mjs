/** `npm run bench`: how fast the training step is, alone or beside TensorFlow and PyTorch. `--help` says the rest. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chart } from './chart.mjs';
import { peersPython } from './contestants.mjs';
import { measure, median } from './measure.mjs';
import { readOptions, usage } from './options.mjs';
import { busyLine, ownLines, table } from './report.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const sweepBatches = [16, 32, 64, 128, 256, 512];
const sweepThreads = [1, 2];
const helpRuns = 5;

const print = (text) => process.stdout.write(`${text}\n`);

/** A line that the next one replaces on a terminal; elsewhere nothing. */
const log = (text) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
};

/** Milliseconds until `--help` has been printed and the process is gone. */
function helpMilliseconds() {
  const once = () => {
    const began = performance.now();
    const { status } = spawnSync(process.execPath, [join(root, 'bin', 'dcgan-native.js'), '--help']);
    if (status !== 0) throw new Error(`dcgan-native --help ended with ${status}. Run: npm run build`);
    return performance.now() - began;
  };
  return median(Array.from({ length: helpRuns }, once));
}

/** The settings to measure at: the one that was asked for, or all of the sweep. */
function settings(options) {
  if (!options.sweep) return [options];
  const threads = sweepThreads.filter((count) => count <= availableParallelism());
  return sweepBatches.flatMap((batch) =>
    threads.map((count) => ({
      ...options,
      batch,
      threads: count,
      steps: sweepSteps(options, batch),
      growth: 0,
    })),
  );
}

/** A round takes about as long at any batch. */
const sweepSteps = ({ steps, batch: usual }, batch) => Math.max(2, Math.round((steps * usual) / batch));

async function main(args) {
  const options = readOptions(args);
  if (options.help) return print(usage);
  const machine = { cpu: cpus()[0]?.model, cores: availableParallelism(), node: process.versions.node };
  const python = options.peers === undefined ? null : peersPython(options.peers);
  const help = helpMilliseconds();
  const results = [];
  const failures = new Set();
  for (const setting of settings(options)) {
    const measured = await measure({ ...setting, python }, log);
    log('');
    results.push(...measured.results);
    for (const failure of measured.failures) failures.add(failure);
    const { batch, threads, rounds, steps } = setting;
    print(
      `\nBatch ${batch}, threads ${threads}, ${rounds} rounds of ${steps} steps\n\n${table(measured.results)}\n`,
    );
  }
  if (python === null) print('Only dcgan-native ran: --peers runs TensorFlow and PyTorch beside it.');
  for (const failure of failures) print(`Did not run: ${failure}`);
  // The comparison that was asked for is not whole.
  if (failures.size > 0) process.exitCode = 1;
  if (!options.sweep) print(ownLines(results, { growth: options.growth, help }));
  const busy = busyLine(results);
  if (busy) print(busy);
  if (options.json) {
    const all = { machine, options, helpMilliseconds: help, failures: [...failures], results };
    writeFileSync(options.json, `${JSON.stringify(all, null, 2)}\n`);
  }
  if (options.svg) writeFileSync(options.svg, chart(results));
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`error: ${error.message}\n`);
  process.exitCode = 1;
}
