/**
 * npm run test:arm64 [-- --all --only TEXT]: builds the program that tests the core for arm64, of the objects that a release is
 * made of, and runs its cases under QEMU: as a CPU that multiplies bfloat16 and as one that does not. `--only`: those whose
 * sentence has that text. `--all`: also what is left out otherwise. The last line is `N passed, N failed`.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { interruption } from '../build/lock.mjs';
import { buildNative } from '../build/native.mjs';
import { run } from '../process/run.mjs';
import { makeMachine } from './machine.mjs';
import { arm64 } from './target.mjs';
import { compiler, cpus, emulator, requireTools } from './tools.mjs';

const { libtorchVersion, minorOf } = createRequire(import.meta.url)('../../dist/libtorch/layout.js');
const root = resolve(import.meta.dirname, '..', '..');

/** What takes long under QEMU: large batches, whole steps, what trains. */
const slow =
  /batch (67|128)\b|is the transpose|changes nothing|a search comes|encoder|steps|process|memory that/;

/** Builds the program. @returns a function that gives the arguments of the emulator for a CPU and arguments of the program */
async function build() {
  const minor = minorOf(libtorchVersion);
  const { found, fetched } = arm64.source;
  const libtorch = found(minor) ?? (await fetched(minor));
  const folder = arm64.folder(minor);
  const job = { what: "Building the core's tests for arm64", targets: ['dcgan_core_tests'], folder };
  await buildNative(root, libtorch, { ...job, definitions: arm64.definitions, signal: interruption() });
  const program = join(root, folder, 'dcgan_core_tests');
  const machine = join(root, folder, 'machine');
  makeMachine(machine);
  const libraries = `LD_LIBRARY_PATH=${join(libtorch, 'lib')}`;
  return (cpu, ...args) => ['-cpu', cpu, '-L', machine, '-E', libraries, program, ...args];
}

/** Runs one case. @returns whether it holds */
function holds(args, sentence) {
  const began = performance.now();
  const { status, signal, stderr } = spawnSync(emulator, args, { encoding: 'utf8' });
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  process.stdout.write(`${status === 0 ? 'ok' : 'FAILED'} (${seconds} s): ${sentence}\n`);
  if (status !== 0) process.stdout.write(`  ${signal ?? stderr.trim()}\n`);
  return status === 0;
}

try {
  const options = { all: { type: 'boolean', default: false }, only: { type: 'string', default: '' } };
  const { values } = parseArgs({ options });
  const isWanted = (sentence) => sentence.includes(values.only) && (values.all || !slow.test(sentence));
  requireTools(compiler, emulator);
  const command = await build();
  const results = [];
  for (const cpu of cpus) {
    const sentences = run(emulator, command(cpu)).trim().split('\n');
    for (const sentence of sentences.filter(isWanted))
      results.push(holds(command(cpu, sentence), `${sentence}, on ${cpu}`));
  }
  const failed = results.filter((held) => !held).length;
  process.stdout.write(`${results.length - failed} passed, ${failed} failed\n`);
  if (failed > 0) process.exitCode = 1;
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode ||= 1;
}
