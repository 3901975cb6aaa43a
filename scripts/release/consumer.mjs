import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { lastLine, run } from '../process/run.mjs';

/** Milliseconds that a program may take. */
const timeout = 600_000;

const programs = resolve(import.meta.dirname, 'consumers');

/**
 * A directory to put into `PATH` that holds node, npm and the shell that npm runs scripts with: no compiler, no CMake, no
 * Python.
 * @param {string} directory
 */
export function barePath(directory) {
  mkdirSync(directory, { recursive: true });
  symlinkSync(process.execPath, join(directory, 'node'));
  symlinkSync('/bin/sh', join(directory, 'sh'));
  const npm = run('which', ['npm']).trim();
  symlinkSync(realpathSync(npm), join(directory, 'npm'));
  for (const name of ['c++', 'cc', 'g++', 'clang', 'cmake', 'python', 'python3']) {
    const { error } = spawnSync(name, ['--version'], { env: { PATH: directory } });
    if (error?.code !== 'ENOENT') throw new Error(`${name} can still be found.`);
  }
  return directory;
}

/** A package of somebody else's. */
export class Consumer {
  /**
   * @param {string} directory where it lies
   * @param {NodeJS.ProcessEnv} env of every program that it runs
   */
  constructor(directory, env) {
    this.directory = directory;
    this.env = env;
  }

  /** Makes one that has the programs of `consumers/`, and depends on nothing yet. */
  static make(directory, env) {
    mkdirSync(directory, { recursive: true });
    const made = new Consumer(directory, env);
    made.write('package.json', JSON.stringify({ name: 'consumer', private: true, type: 'module' }));
    cpSync(programs, directory, { recursive: true });
    return made;
  }

  write(name, text) {
    writeFileSync(join(this.directory, name), text);
  }

  /** Installs packages with npm, or what package.json names. @param {readonly string[]} packages */
  install(packages = [], flags = ['--ignore-scripts']) {
    this.run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', ...flags, ...packages]);
  }

  /** Runs a program of the package's own, and gives what it prints as JSON. */
  program(name, args = [], env = {}) {
    const printed = this.run('node', [name, ...args], env);
    return JSON.parse(lastLine(printed));
  }

  /** The path of an installed program's script. */
  bin(path) {
    return join(this.directory, 'node_modules', path);
  }

  /** @returns what it wrote to stdout @throws Error with all that it wrote, when it fails */
  run(command, args, env = {}) {
    return run(command, args, { cwd: this.directory, env: { ...this.env, ...env }, timeout, whole: true });
  }
}

/**
 * Copies a consumer, node and a libtorch into the root file system of another Linux, and runs a program there.
 * @param {string} rootfs directory with that root file system; one needs to be root for chroot
 * @returns what it wrote to stdout
 */
export function runInside(rootfs, consumer, libtorch, program) {
  const copy = (from, to) => {
    const target = join(rootfs, to);
    mkdirSync(dirname(target), { recursive: true });
    run('rm', ['-rf', target]);
    run('cp', ['-aL', from, target]);
  };
  copy(process.execPath, 'usr/local/bin/node');
  copy(consumer.directory, 'srv/consumer');
  copy(join(libtorch, 'lib'), 'srv/libtorch/lib');
  copy(join(libtorch, 'include/torch/headeronly'), 'srv/libtorch/include/torch/headeronly');
  const env = ['DCGAN_LIBTORCH=/srv/libtorch', 'PATH=/usr/local/bin', 'HOME=/root'];
  const inside = [
    rootfs,
    '/usr/bin/env',
    '-i',
    ...env,
    'node',
    join('/srv/consumer', program),
    '/tmp/a.safetensors',
  ];
  return run('chroot', inside, { timeout, whole: true });
}
