/**
 * Writes the tables of docs/parallel.md from docs/parallel.json, where every one of their numbers comes from. `--check` changes
 * nothing and fails when something would change.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { filled, markdown } from './sections.mjs';

const docs = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'docs');
export const parallelFile = join(docs, 'parallel.json');
const page = join(docs, 'parallel.md');

/** Sums over all processes in a step: both gradients, six of statistics, one of losses; each takes 2(N − 1) messages in turn. */
const sums = 9;

/** Seconds that a message takes beside its bytes, in a network of a data centre: an assumption. */
const message = 20e-6;

const milliseconds = (value) => (value < 10 ? value.toFixed(1) : value.toFixed(0));

/**
 * Least squares of waiting = latency + bytes / bandwidth over networks of several widths.
 * @returns seconds, and bytes a second
 */
function fit(waits) {
  const n = waits.length;
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / n;
  const x = waits.map(({ bytes }) => bytes);
  const y = waits.map(({ waited }) => waited / 1000);
  const [meanX, meanY] = [mean(x), mean(y)];
  const slope =
    x.reduce((sum, value, i) => sum + (value - meanX) * (y[i] - meanY), 0) /
    x.reduce((sum, value) => sum + (value - meanX) ** 2, 0);
  return { latency: meanY - slope * meanX, bandwidth: 1 / slope };
}

/** Seconds of a step of N processes: compute / N + 2(N − 1)/N · bytes / bandwidth + 2(N − 1) messages of each sum. */
function predicted({ compute, bytes }, processes, bandwidth, latency = message) {
  const hops = 2 * (processes - 1);
  return compute + (hops / processes) * (bytes / bandwidth) + sums * hops * latency;
}

const sections = {
  measured: ({ precisions, machine, batch, rounds, steps, waits }) => {
    const names = precisions.float32.map(({ name }) => name);
    const rows = names.map((name, i) => [
      name,
      ...Object.values(precisions).map((settings) => settings[i].milliseconds.toFixed(1)),
    ]);
    const threads = Object.entries(precisions).map(([precision, settings]) => {
      const ratio = settings[1].milliseconds / settings[2].milliseconds;
      return `${(100 * ratio).toFixed(0)} % in ${precision}`;
    });
    const usual = waits.find(({ features }) => features === 64);
    const share = (100 * (usual.waited + usual.sums)) / usual.milliseconds;
    return [
      `Milliseconds a step, batch ${batch}, medians of ${rounds} rounds of ${steps} steps in turn, ${machine.cores} cores of ${machine.cpu} (${machine.vectorUnit}), libtorch ${machine.libtorch}:`,
      markdown({ words: 1, head: ['', ...Object.keys(precisions)], rows }),
      `So two processes are as fast as ${threads.join(' and ')} of two threads, which have nothing to send. Of a float32 step they wait for each other ${share.toFixed(0)} %: ${usual.waited.toFixed(1)} ms for gradients and losses, ${usual.sums.toFixed(1)} ms for statistics.`,
    ].join('\n\n');
  },
  model: ({ waits }) => {
    const { latency, bandwidth } = fit(waits);
    const rows = waits.map(({ features, bytes, waited }) => [
      String(features),
      (bytes / 1e6).toFixed(1),
      waited.toFixed(2),
      ((latency + bytes / bandwidth) * 1000).toFixed(2),
    ]);
    return [
      markdown({ words: 0, head: ['features', 'MB of gradients', 'ms measured', 'ms of the model'], rows }),
      `(Two processes on one machine, through its loopback: latency ${(latency * 1000).toFixed(2)} ms, ${(bandwidth / 1e9).toFixed(2)} GB/s.)`,
    ].join('\n\n');
  },
  predicted: ({ networks }) => {
    const speeds = [10, 100];
    const rows = networks.flatMap((network) =>
      [8, 64, 1024].map((processes) => [
        network.name,
        String(processes),
        ...speeds.flatMap((gigabits) => {
          const step = predicted(network, processes, (gigabits * 1e9) / 8);
          return [milliseconds(step * 1000), `${((100 * network.compute) / step).toFixed(0)} %`];
        }),
      ]),
    );
    const head = ['network', 'processes', ...speeds.flatMap((each) => [`${each} Gbit/s: ms`, 'efficiency'])];
    const said = networks.map(
      ({ name, compute, bytes, images }) =>
        `${name}: ${(compute * 1000).toFixed(0)} ms for ${images} images of a process, ${(bytes / 1e6).toFixed(0)} MB`,
    );
    return [
      markdown({ words: 1, head, rows }),
      `(${said.join('; ')}; a message takes ${message * 1e6} µs.)`,
    ].join('\n\n');
  },
};

/** The page with what `results` say. */
const updated = (results) =>
  filled(readFileSync(page, 'utf8'), { kind: 'parallel', file: page, sections, results });

export function updateParallelDocs(results) {
  writeFileSync(page, updated(results));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const results = JSON.parse(readFileSync(parallelFile, 'utf8'));
  if (!process.argv.includes('--check')) updateParallelDocs(results);
  else if (updated(results) !== readFileSync(page, 'utf8')) {
    process.stdout.write(
      `${page} is not what docs/parallel.json says: node scripts/bench/parallel_docs.mjs\n`,
    );
    process.exitCode = 1;
  }
}
