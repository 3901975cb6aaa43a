/** `npm run bench`: how fast the training step is, alone or beside TensorFlow and PyTorch. `--help` says the rest. */
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { firstDigitMilliseconds, helpMilliseconds, profile } from './alone.mjs';
import { peersPython, precisions } from './contestants.mjs';
import { resultsFile, updateDocs } from './docs.mjs';
import { measure } from './measure.mjs';
import { eachNetwork } from './networks.mjs';
import { multiplyAdds, reached } from './operators.mjs';
import { readOptions, usage } from './options.mjs';
import { aligned, busyLine, ownLines, peakLine } from './report.mjs';
import { comparisonTable, networksTable, profileTable, startTable, sweepTable } from './tables.mjs';

const sweepBatches = [16, 32, 64, 128, 256, 512];
const sweepThreads = [1, 2];

const print = (text) => process.stdout.write(`${text}\n`);

/** A line that the next one replaces on a terminal; elsewhere nothing. */
const log = (text) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
};

/** Everyone at the setting that was asked for. */
async function comparison(options, python) {
  const { batch, threads, rounds, steps, growth } = options;
  const measured = await measure({ ...options, python }, log);
  log('');
  print(`Batch ${batch}, threads ${threads}, ${rounds} rounds of ${steps} steps\n`);
  print(`${aligned(comparisonTable(measured.results))}\n`);
  if (python === null) print('Only dcgan-native ran: --peers runs TensorFlow and PyTorch beside it.');
  for (const failure of measured.failures) print(`Did not run: ${failure}`);
  print(`${ownLines(measured.results, { growth })}\n`);
  return measured;
}

/** Everyone on networks that are not the article's. */
async function otherNetworks(options, python) {
  const networks = await eachNetwork(async (network) => {
    // A round of each takes about as long.
    const steps = Math.max(2, Math.round(options.steps / network.cost));
    const setting = { ...options, python, network, steps, growth: 0, compile: false };
    const measured = await measure(setting, (text) => log(`${network.name}: ${text}`));
    for (const failure of measured.failures) print(`Did not run: ${network.name}, ${failure}`);
    return { name: network.name, steps, ...measured };
  });
  log('');
  print(`\nOther networks, milliseconds a step\n\n${aligned(networksTable(networks))}`);
  return networks;
}

/** From starting a process to its first result. */
function starts() {
  log('from require to the first digit');
  const help = helpMilliseconds();
  const firstDigit = firstDigitMilliseconds();
  log('');
  print(`${aligned(startTable(firstDigit))}\n\ndcgan-native --help: ${help.toFixed(0)} ms`);
  return { helpMilliseconds: help, firstDigitMilliseconds: firstDigit };
}

/** Each operator of our step, in both precisions, and what is known of the machine besides. */
function profiles(options) {
  let machine = {};
  const operators = precisions.map((precision) => {
    log(`profile: ${precision}`);
    const measured = profile({ ...options, precision });
    log('');
    machine = measured.machine;
    const result = {
      ...measured.profile,
      multiplyAdds: multiplyAdds(measured.profile),
      operators: reached(measured.profile),
    };
    print(`\nProfile, ${precision}: ${result.milliseconds.toFixed(1)} ms a step\n`);
    print(`${aligned(profileTable(result))}\n\n${peakLine(result.peak)}`);
    return result;
  });
  return { machine, operators };
}

/** Ours alone at many batch sizes. A round takes about as long at any of them. */
async function sweep(options) {
  const threads = sweepThreads.filter((count) => count <= availableParallelism());
  const all = [];
  for (const batch of sweepBatches) {
    const steps = Math.max(2, Math.round((options.steps * options.batch) / batch));
    for (const count of threads) {
      const setting = { ...options, batch, threads: count, steps, growth: 0, python: null };
      const { results } = await measure(setting, (text) => log(`batch ${batch}, threads ${count}: ${text}`));
      all.push(...results);
    }
  }
  log('');
  print(`\nMilliseconds an image\n\n${aligned(sweepTable(all))}`);
  return all;
}

/** Everything that was asked for, as it goes into the file. */
async function run(options) {
  const python = options.peers === undefined ? null : peersPython(options.peers);
  const { batch, threads, rounds, steps, growth } = options;
  const machine = { cpu: cpus()[0]?.model, cores: availableParallelism(), node: process.versions.node };
  const { results, failures } = await comparison(options, python);
  const all = { machine, options: { batch, threads, rounds, steps, growth }, failures, results, ...starts() };
  if (options.networks) {
    all.networks = await otherNetworks(options, python);
    failures.push(...all.networks.flatMap((network) => network.failures));
  }
  if (options.profile) {
    const { machine: more, operators } = profiles(options);
    Object.assign(machine, more);
    all.profile = operators;
  }
  if (options.sweep) all.sweep = await sweep(options);
  const ofNetworks = (all.networks ?? []).flatMap((network) => network.results);
  const busy = busyLine([...results, ...ofNetworks, ...(all.sweep ?? [])]);
  if (busy) print(busy);
  return all;
}

async function main(args) {
  const options = readOptions(args);
  if (options.help) return print(usage);
  const all = await run(options);
  const text = `${JSON.stringify(all, null, 2)}\n`;
  if (options.json) writeFileSync(options.json, text);
  if (options.docs) {
    writeFileSync(resultsFile, text);
    for (const file of updateDocs()) print(`Wrote ${file}`);
  }
  // The comparison that was asked for is not whole.
  if (all.failures.length > 0) process.exitCode = 1;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`error: ${error.message}\n`);
  process.exitCode = 1;
}
