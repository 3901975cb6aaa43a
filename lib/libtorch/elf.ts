import { closeSync, openSync, readSync } from 'node:fs';

/** What a shared library of Linux says of the system that it was built for. */
export interface SymbolVersions {
  /** Versions that it needs of other libraries: `GLIBC_2.28`, `GLIBCXX_3.4.22`. */
  readonly needs: readonly string[];
  /** Versions that it provides. */
  readonly provides: readonly string[];
}

// Names and numbers of the ELF specification and of the Linux Standard Base.
const machines: Readonly<Record<number, string>> = {
  3: 'ia32',
  22: 's390x',
  40: 'arm',
  62: 'x64',
  183: 'arm64',
  243: 'riscv64',
  21: 'ppc64',
};
const versionsProvided = 0x6ffffffd;
const versionsNeeded = 0x6ffffffe;

/**
 * The architecture that a shared library is for, as `process.arch` names it, or by its number if that has no name for it.
 * @returns null when the file is no ELF file
 */
export function readArchitecture(path: string): string | null {
  return withFile(path, (read) => {
    const header = read(0, 20);
    if (!isElf(header)) return null;
    const machine = header[5] === 2 ? header.readUInt16BE(18) : header.readUInt16LE(18);
    return machines[machine] ?? `machine ${machine}`;
  });
}

/** The symbol versions of a shared library; none where the file is not a 64-bit little-endian ELF file. */
export function readSymbolVersions(path: string): SymbolVersions {
  return withFile(path, (read) => {
    const header = read(0, 64);
    if (!isElf(header) || header.length < 64 || header[4] !== 2 || header[5] !== 1) {
      return { needs: [], provides: [] };
    }
    const size = header.readUInt16LE(58);
    const table = read(Number(header.readBigUInt64LE(40)), size * header.readUInt16LE(60));
    const sections = Array.from({ length: Math.floor(table.length / size) }, (_, i) =>
      sectionAt(table, i * size),
    );
    const content = ({ offset, length }: Section) => read(offset, length);
    const names = (type: number, walk: typeof namesNeeded) =>
      sections
        .filter((section) => section.type === type)
        .flatMap((section) => walk(content(section)).map(textIn(content(sections[section.link]!))));
    return { needs: names(versionsNeeded, namesNeeded), provides: names(versionsProvided, namesProvided) };
  });
}

interface Section {
  readonly type: number;
  readonly offset: number;
  readonly length: number;
  /** The section that holds its names. */
  readonly link: number;
}

type Read = (offset: number, length: number) => Buffer;

const isElf = (header: Buffer): boolean =>
  header.length >= 20 && header.toString('latin1', 0, 4) === '\x7fELF';

function withFile<T>(path: string, use: (read: Read) => T): T {
  const file = openSync(path, 'r');
  try {
    return use((offset, length) => {
      const bytes = Buffer.alloc(length);
      return bytes.subarray(0, readSync(file, bytes, 0, length, offset));
    });
  } finally {
    closeSync(file);
  }
}

function sectionAt(table: Buffer, at: number): Section {
  return {
    type: table.readUInt32LE(at + 4),
    offset: Number(table.readBigUInt64LE(at + 24)),
    length: Number(table.readBigUInt64LE(at + 32)),
    link: table.readUInt32LE(at + 40),
  };
}

/** Offsets of the names in a list of `Elf64_Verneed`, each with a list of `Elf64_Vernaux`. */
function namesNeeded(list: Buffer): number[] {
  return chain(list, 0, 12).flatMap((need) =>
    chain(list, need + list.readUInt32LE(need + 8), 12).map((entry) => list.readUInt32LE(entry + 8)),
  );
}

/** Offsets of the names in a list of `Elf64_Verdef`, each with its own name first in a list of `Elf64_Verdaux`. */
function namesProvided(list: Buffer): number[] {
  return chain(list, 0, 16).map((version) => list.readUInt32LE(version + list.readUInt32LE(version + 12)));
}

/** Where the entries of a linked list are, whose distance to the next, 0 in the last, stands at `next`. */
function chain(list: Buffer, first: number, next: number): number[] {
  const entries: number[] = [];
  for (let at = first, step = 1; step > 0 && at + next + 4 <= list.length; at += step) {
    entries.push(at);
    step = list.readUInt32LE(at + next);
  }
  return entries;
}

const textIn = (names: Buffer) => (at: number) => names.toString('latin1', at, names.indexOf(0, at));
