/** `npm run bench:parallel`: what several processes cost beside one. `--help` says the rest. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Contestant } from './contestant.mjs';
import { gradientBytes } from './gradient_bytes.mjs';
import { machine } from './machine.mjs';
import { median } from './median.mjs';
import { parallelFile, updateParallelDocs } from './parallel_docs.mjs';

const require = createRequire(import.meta.url);
const { loadNative } = require('../../dist/native/load.js');
const { resolveOptions } = require('../../dist/options.js');

const usage = `Usage: npm run bench:parallel -- [options]

Two processes of one thread beside one process of two threads and one of one, in turn, with the same batch for all; then how long
two processes wait for each other with networks of several widths, whose gradients are of several sizes.

  --rounds N   measured rounds of each (default 7)
  --steps N    steps a round (default 10)
  --batch N    images of a batch (default 128)
  --docs       write docs/parallel.json and the tables of docs/parallel.md
  --help       show this
`;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    steps: { type: 'string', default: '10' },
    batch: { type: 'string', default: '128' },
    docs: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const [rounds, steps, batch] = ['rounds', 'steps', 'batch'].map((name) => Number(values[name]));

const own = (name) => fileURLToPath(new URL(name, import.meta.url));

/** A port that nobody listens on just now. */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** One process of a training by `count`, which share a batch. */
async function processes(label, count, threads, precision) {
  const master = `127.0.0.1:${await freePort()}`;
  return Array.from({ length: count }, (_, rank) => {
    const parallel = count > 1 ? { parallel: { rank, worldSize: count, master } } : {};
    const args = [
      '--batch',
      batch,
      '--threads',
      threads,
      '--precision',
      precision,
      '--options',
      JSON.stringify(parallel),
    ];
    return new Contestant({
      label,
      isPeer: false,
      precision,
      program: process.execPath,
      args: [own('ours.mjs'), ...args.map(String)],
    });
  });
}

const settings = [
  { name: 'one process, one thread', count: 1, threads: 1 },
  { name: 'one process, two threads', count: 1, threads: 2 },
  { name: 'two processes, a thread each', count: 2, threads: 1 },
];

/** Milliseconds a step of each setting, in turn. */
async function alternating(precision) {
  const teams = [];
  for (const { name, count, threads } of settings)
    teams.push({ name, members: await processes(name, count, threads, precision), taken: [] });
  try {
    for (const { members } of teams) await Promise.all(members.map((member) => member.start()));
    for (let round = 0; round < rounds; round++) {
      for (const { members, taken } of teams) {
        const [{ seconds }] = await Promise.all(members.map((member) => member.run(steps)));
        taken.push((seconds / steps) * 1000);
      }
    }
  } finally {
    for (const { members } of teams) for (const member of members) member.stop();
  }
  return teams.map(({ name, taken }) => ({ name, milliseconds: median(taken), each: taken }));
}

/** Of two processes: milliseconds of a step, how many of them they wait for each other, and the bytes of both gradients. */
async function waiting(features) {
  const master = `127.0.0.1:${await freePort()}`;
  const ranks = [0, 1].map(async (rank) => {
    const args = [
      own('parallel_profile.mjs'),
      '--rank',
      rank,
      '--master',
      master,
      '--features',
      features,
      '--steps',
      steps,
      '--rounds',
      rounds,
      '--batch',
      batch,
    ];
    const child = spawn(process.execPath, args.map(String), { stdio: ['ignore', 'pipe', 'inherit'] });
    const said = [];
    child.stdout.on('data', (text) => said.push(text));
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`a process ended with ${code}`);
    return JSON.parse(said.join(''));
  });
  const [first] = await Promise.all(ranks);
  return { features, ...first };
}

/** A process of its own with as many images as it would have, one thread for each core: seconds of a step, and bytes of gradients. */
async function network({ name, images, ...sizes }) {
  const core = loadNative();
  const options = resolveOptions({ batchSize: images, device: 'cpu', seed: 1, ...sizes });
  const trainer = new core.Trainer(options);
  const pixels = Float32Array.from({ length: images * options.imageSize ** 2 * options.channels }, (_, i) =>
    Math.sin(i),
  );
  const taken = [];
  for (let step = 0; step < rounds + 2; step++) {
    const began = performance.now();
    await trainer.trainOnBatch(pixels, null, null);
    taken.push((performance.now() - began) / 1000);
  }
  const { tensors } = await trainer.state();
  trainer.dispose();
  return { name, images, compute: median(taken.slice(2)), bytes: gradientBytes(tensors) };
}

async function main() {
  if (values.help) return process.stdout.write(usage);
  const precisions = {};
  for (const precision of ['float32', 'bfloat16']) {
    precisions[precision] = await alternating(precision);
    for (const { name, milliseconds } of precisions[precision]) {
      console.log(`${precision}, ${name}: ${milliseconds.toFixed(1)} ms`);
    }
  }
  const waits = [];
  for (const features of [16, 32, 64, 96]) {
    waits.push(await waiting(features));
    const { milliseconds, waited, sums, bytes } = waits.at(-1);
    console.log(
      `features ${features}: ${milliseconds.toFixed(1)} ms a step, waiting ${waited.toFixed(2)} for gradients, ${sums.toFixed(2)} for statistics; ${(bytes / 1e6).toFixed(1)} MB`,
    );
  }
  const networks = [
    await network({ name: '28×28', images: batch }),
    await network({ name: '128×128×3', images: 16, imageSize: 128, channels: 3 }),
  ];
  for (const { name, compute } of networks) console.log(`${name}: ${(compute * 1000).toFixed(0)} ms`);
  if (!values.docs) return;
  const date = new Date().toISOString().slice(0, 10);
  const about = { date, machine: machine(availableParallelism()), batch, rounds, steps };
  const results = { ...about, precisions, waits, networks };
  writeFileSync(parallelFile, `${JSON.stringify(results, null, 2)}\n`);
  updateParallelDocs(results);
}

await main();
