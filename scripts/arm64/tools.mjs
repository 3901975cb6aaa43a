import { spawnSync } from 'node:child_process';

/** Of Debian's package g++-aarch64-linux-gnu. */
export const compiler = 'aarch64-linux-gnu-g++';
export const symbolsOf = 'aarch64-linux-gnu-nm';
export const strip = 'aarch64-linux-gnu-strip';

/** Of Debian's package qemu-user. */
export const emulator = 'qemu-aarch64';

/**
 * CPUs as QEMU calls them: all that it knows of Armv8, BFDOT among it, and one without BFDOT. (PyPI's libtorch is for no lesser
 * one. Where there is SME it takes instructions of SME2, which QEMU 7 does not know.)
 */
export const cpus = ['max,sve=off,sme=off', 'neoverse-n1'];

/** @throws Error when one of these programs is not there, which says how it comes */
export function requireTools(...programs) {
  const missing = programs.filter((program) => spawnSync(program, ['--version']).status !== 0);
  if (missing.length === 0) return;
  const said = `There is no ${missing.join(' and no ')}.`;
  throw new Error(`${said} Install it (Debian, Ubuntu: apt install g++-aarch64-linux-gnu qemu-user).`);
}
