import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';

/** What can fail, in the order of `enum operation` in faults.c. */
const operations = [
  'none',
  'open',
  'read',
  'write',
  'sync',
  'rename',
  'truncate',
  'unlink',
  'mkdir',
  'stat',
  'list',
];

/** The errors that each can give. */
export const errorsOf = {
  open: ['EIO', 'EMFILE', 'EACCES', 'ENOSPC', 'EINTR'],
  read: ['EIO', 'EINTR'],
  write: ['EIO', 'ENOSPC', 'EINTR'],
  sync: ['EIO', 'ENOSPC', 'EINTR'],
  rename: ['EIO', 'ENOSPC', 'EACCES'],
  truncate: ['EIO', 'ENOSPC', 'EINTR'],
  unlink: ['EIO', 'EACCES'],
  mkdir: ['EIO', 'ENOSPC', 'EACCES'],
  stat: ['EIO', 'EACCES'],
  list: ['EIO', 'EMFILE', 'EACCES'],
};

/** `once` the Nth call alone, `for-good` each from it on; `kill` ends the process at it, within it where it writes. */
export const modes = ['once', 'for-good', 'kill'];

// As in faults.c: five numbers, the count of each operation's calls, a path.
const callsAt = 5 * 4;
const belowAt = callsAt + operations.length * 4;
const pathBytes = constants.PATH_MAX ?? 4096;
const fileBytes = belowAt + pathBytes;

/** Compiles faults.c into a directory. @returns the library's path */
export function compileLibrary(directory) {
  const library = join(directory, 'faults.so');
  const source = join(import.meta.dirname, 'faults.c');
  const flags = ['-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror', '-shared', '-fPIC'];
  const { status, error } = spawnSync(process.env.CC ?? 'cc', [...flags, '-o', library, source, '-ldl'], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) throw new Error('The library could not be compiled.', { cause: error });
  return library;
}

/** The file by which the library is told what to fail, and tells what it has seen. */
export class Control {
  #file;

  /** @param path a file that `Control.create` has made */
  constructor(path) {
    this.#file = openSync(path, 'r+');
  }

  static create(path) {
    writeFileSync(path, '');
    truncateSync(path, fileBytes);
  }

  /** Counts calls below a directory from 0, and lets the fault happen. Without a fault it only counts. */
  arm(below, fault) {
    const bytes = Buffer.alloc(fileBytes);
    bytes.write(below, belowAt);
    if (fault) {
      const { operation, error, mode, nth } = fault;
      const numbers = [operations.indexOf(operation), constants.errno[error], nth, modes.indexOf(mode)];
      for (const [i, number] of numbers.entries()) bytes.writeUInt32LE(number, 4 * i);
    }
    writeSync(this.#file, bytes, 0, fileBytes, 0);
  }

  /** Lets every call pass and counts none. @returns how many failed, and how many there were of each operation */
  disarm() {
    const bytes = Buffer.alloc(fileBytes);
    readSync(this.#file, bytes, 0, fileBytes, 0);
    writeSync(this.#file, Buffer.alloc(fileBytes), 0, fileBytes, 0);
    const calls = operations.map((operation, i) => [operation, bytes.readUInt32LE(callsAt + 4 * i)]).slice(1);
    return { fired: bytes.readUInt32LE(4 * 4), calls: Object.fromEntries(calls) };
  }

  close() {
    closeSync(this.#file);
  }
}
