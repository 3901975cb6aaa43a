/**
 * npm run build:cost: what the native build of `npm ci` costs, in the processor time of one file that only includes
 * <ATen/ATen.h>, compiled with the same flags: a number that is about the same on every machine. Builds into a temporary
 * directory.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { lastLine, run } from '../process/run.mjs';
import { trainingTargets } from './native.mjs';

const require = createRequire(import.meta.url);
const root = resolve(import.meta.dirname, '..', '..');
const { findLibtorch } = require('../../dist/libtorch/find.js');

/** How often the one file is compiled. */
const rounds = 3;

/** Runs a program to its end. @returns seconds of wall clock and of processor time, of its own children too */
function timed(command, args, cwd) {
  const began = performance.now();
  // Node.js does not tell its children's time; any shell does, user and system, on its second line.
  const said = run('sh', ['-c', '"$@" >&2 && times', 'sh', command, ...args], { cwd, whole: true });
  const spent = lastLine(said).matchAll(/(\d+)m([\d.]+)s/g);
  const processor = [...spent].reduce((sum, [, minutes, seconds]) => sum + 60 * minutes + Number(seconds), 0);
  return { wall: (performance.now() - began) / 1000, processor };
}

/** Configures and builds what `npm ci` does. @returns its times */
function buildAll(folder) {
  const cmakeJs = (...args) =>
    timed(process.execPath, [require.resolve('cmake-js/bin/cmake-js'), ...args], root);
  const out = ['--out', folder, '--config', 'Release'];
  const definitions = [`DCGAN_LIBTORCH=${findLibtorch().root}`, 'CMAKE_EXPORT_COMPILE_COMMANDS=ON'];
  const times = [
    cmakeJs('configure', ...out, ...definitions.map((definition) => `--CD${definition}`)),
    cmakeJs('build', ...out, '--', '--target', ...trainingTargets),
  ];
  const sum = (name) => times.reduce((seconds, one) => seconds + one[name], 0);
  return { wall: sum('wall'), processor: sum('processor') };
}

/** Compiles the one file with the flags of one of the core's. @returns seconds of processor time */
function compileOne(folder) {
  const commands = JSON.parse(readFileSync(join(folder, 'compile_commands.json'), 'utf8'));
  const { command, file } = commands.find(({ file }) => file.includes('/native/core/'));
  const source = join(folder, 'one.cpp');
  writeFileSync(source, '#include <ATen/ATen.h>\n');
  const own = command
    .replace(file, source)
    .replace(/ -o \S+/, ` -o ${source}.o`)
    // A precompiled header would spare it what it is to measure.
    .replace(/ (?:-Winvalid-pch|-include \S*cmake_pch\S*)/g, '');
  return timed('sh', ['-c', own], folder).processor;
}

const folder = mkdtempSync(join(tmpdir(), 'dcgan-cost-'));
try {
  const { wall, processor } = buildAll(folder);
  const one = Array.from({ length: rounds }, () => compileOne(folder)).reduce((a, b) => a + b) / rounds;
  process.stdout.write(
    `The native build of npm ci: ${processor.toFixed(0)} s of processor time, ${wall.toFixed(0)} s by the clock.\n` +
      `One file that only includes <ATen/ATen.h>: ${one.toFixed(1)} s.\n` +
      `${(processor / one).toFixed(1)} times as much.\n`,
  );
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
