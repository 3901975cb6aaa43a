import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';

/** Where Debian puts the system libraries of arm64. */
const libraries = '/usr/aarch64-linux-gnu/lib';

/** A Neoverse N1, as Linux tells it. */
const description = {
  BogoMIPS: '50.00',
  Features:
    'fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp',
  'CPU implementer': '0x41',
  'CPU architecture': '8',
  'CPU variant': '0x3',
  'CPU part': '0xd0c',
  'CPU revision': '1',
};
const identification = '0x00000000413fd0c1\n';

/**
 * Makes the root directory that QEMU is to look into first (-L): the system libraries, and what Linux tells of the CPUs of an
 * arm64 machine. QEMU shows this machine's own files in their place, and libtorch crashes where it finds no arm64 in them. What a
 * CPU can do libtorch asks QEMU.
 */
export function makeMachine(directory) {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  symlinkSync(libraries, join(directory, 'lib'));
  const lines = Object.entries(description).map(([name, value]) => `${name}\t: ${value}\n`);
  const told = cpus().map((_, i) => `processor\t: ${i}\n${lines.join('')}\n`);
  write(join(directory, 'proc', 'cpuinfo'), told.join(''));
  for (const i of cpus().keys()) {
    const registers = join('sys', 'devices', 'system', 'cpu', `cpu${i}`, 'regs', 'identification');
    write(join(directory, registers, 'midr_el1'), identification);
  }
}

function write(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
