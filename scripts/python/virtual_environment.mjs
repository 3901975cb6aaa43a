import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const { packageCache } = createRequire(import.meta.url)('../../dist/files/cache.js');

/**
 * A virtual environment with all that a requirements file names. It is made once, in the user's cache directory, and anew
 * when what it is to hold has changed.
 * @param {{ name: string, says: string, requirements: string, directory?: string, more?: string,
 *   installMore?: (directory: string) => void }} wanted `name`: of the directory, a digest follows; `says`: what is
 *   installed, for people; `directory`: another one; `more`: what `installMore` puts there besides
 * @returns {{ directory: string, python: string }}
 * @throws Error that names the program that failed
 */
export function pythonEnvironment({ name, says, requirements, directory: named, more = '', installMore }) {
  const wanted = readFileSync(requirements, 'utf8') + more;
  const digest = createHash('sha256').update(wanted).digest('hex').slice(0, 8);
  const directory = named ? resolve(named) : join(packageCache(), `${name}-${digest}`);
  const inside = process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python'];
  const python = join(directory, ...inside);
  // Written last: it says that all was installed, and what.
  const complete = join(directory, 'installed.txt');
  if (existsSync(complete) && readFileSync(complete, 'utf8') === wanted) return { directory, python };

  process.stderr.write(`Installing ${says}, several gigabytes, into ${directory}\n`);
  rmSync(complete, { force: true });
  mkdirSync(directory, { recursive: true });
  execute('python3', ['-m', 'venv', directory]);
  execute(python, ['-m', 'pip', 'install', '--disable-pip-version-check', '-r', requirements]);
  installMore?.(directory);
  writeFileSync(complete, wanted);
  return { directory, python };
}

/** Runs a program to its end; what it prints goes to stderr. @throws Error when it fails */
export function execute(program, args, env = process.env) {
  const shell = process.platform === 'win32' && program === 'npm';
  const { status, error } = spawnSync(program, args, { env, shell, stdio: ['ignore', 2, 2] });
  if (!error && status === 0) return;
  throw new Error(`${program} ${args.join(' ')} failed: ${error?.message ?? `it ended with ${status}`}.`);
}
