import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DcganError, systemCode } from '../errors.js';
import { cacheDirectory, type Environment, isLibtorch, libtorchVersion, readVersion } from './layout.js';
import { askPython, hasPipScript, python } from './python.js';
import { runPython } from './run_python.js';

export interface FetchOptions {
  /** Default: `process.env`. */
  readonly env?: Environment;
  /** Stops the download, removes what came so far, and rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Bytes that must be free. Default 1.2e9: the wheel, once more in pip's cache, and what is unpacked. */
  readonly space?: number;
  /** Show nothing, rather than pip's progress on stderr. Default false. */
  readonly quiet?: boolean;
}

const defaultSpace = 1.2e9;
const temporaryPrefix = '.fetch-';
/** Hours after which a temporary directory belongs to a fetch that was killed. */
const staleAfter = 24;

// Unpacks what C++ needs of the wheel; Python's own files are two thirds of its entries. A wheel for CUDA is several
// gigabytes, and also needs the nvidia-* packages that it does not hold.
const unpackScript = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    for name in wheel.namelist():
        if name.startswith(('torch/lib/', 'torch/include/', 'torch/share/')):
            wheel.extract(name, sys.argv[2])`;

/**
 * What stands in the way of a fetch, one sentence each: python3, its pip, a cache directory that can be written, disk
 * space. Empty when nothing does. Quick, and changes nothing but to make the cache directory.
 */
export function fetchProblems({ env = process.env, space = defaultSpace }: FetchOptions = {}): string[] {
  return [...pythonProblems(env), ...cacheProblems(dirname(cacheDirectory(env)), space)];
}

/**
 * Fetches libtorch through pip into the user's cache directory, unless it is there. The directory appears whole, when
 * all is done; two processes may fetch at once.
 * @returns the directory that holds `lib/`
 * @throws DcganError ERR_SETUP, with what is missing or pip's last words; the signal's reason when it aborts.
 */
export async function fetchLibtorch(options: FetchOptions = {}): Promise<string> {
  const { env = process.env, signal } = options;
  const target = cacheDirectory(env);
  if (isLibtorch(target)) return target;
  signal?.throwIfAborted();
  const problems = fetchProblems(options);
  if (problems.length > 0) throw new DcganError('ERR_SETUP', problems.join(' '));
  const caches = dirname(target);
  removeStale(caches);
  const temporary = mkdtempSync(join(caches, temporaryPrefix));
  try {
    const wheel = await download(temporary, options);
    const unpacked = await unpack(wheel, temporary, options);
    signal?.throwIfAborted();
    publish(unpacked, target, temporary);
    return target;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function pythonProblems(env: Environment): string[] {
  const hint = 'or set DCGAN_LIBTORCH to the directory of a libtorch that is there already.';
  const pip = askPython(hasPipScript, env);
  if (pip === null)
    return [`${python} does not run, and its pip fetches libtorch: install Python 3 with pip, ${hint}`];
  if (pip === '') {
    return [
      `${python} has no pip, which fetches libtorch: install it (Debian, Ubuntu: apt install python3-pip), ${hint}`,
    ];
  }
  return [];
}

function cacheProblems(caches: string, space: number): string[] {
  const hint = 'set XDG_CACHE_HOME to another directory.';
  try {
    mkdirSync(caches, { recursive: true });
    rmSync(mkdtempSync(join(caches, temporaryPrefix)), { recursive: true });
  } catch (error) {
    return [
      `The cache directory ${caches} cannot be written (${systemCode(error)}): make it writable, or ${hint}`,
    ];
  }
  const { bavail, bsize } = statfsSync(caches);
  const free = bavail * bsize;
  if (free >= space) return [];
  return [
    `libtorch needs ${gigabytes(space)} GB in ${caches}, where ${gigabytes(free)} GB are free: make room, or ${hint}`,
  ];
}

const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1);

function removeStale(caches: string): void {
  for (const name of readdirSync(caches)) {
    if (!name.startsWith(temporaryPrefix)) continue;
    const path = join(caches, name);
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY);
    if (age > staleAfter * 3_600_000) rmSync(path, { recursive: true, force: true });
  }
}

async function download(temporary: string, options: FetchOptions): Promise<string> {
  const wheels = join(temporary, 'wheel');
  const pip = [
    '-m',
    'pip',
    'download',
    `torch==${libtorchVersion}`,
    '--no-deps',
    '--only-binary=:all:',
    '-d',
    wheels,
  ];
  if (!options.quiet)
    process.stderr.write(`Fetching libtorch ${libtorchVersion} with ${python} -m pip download\n`);
  const { status, errors } = await runPython(pip, temporary, options);
  const name = status === 0 ? readdirSync(wheels).find((file) => file.endsWith('.whl')) : undefined;
  if (name !== undefined) return join(wheels, name);
  const said = `pip could not download torch ${libtorchVersion}: ${lastWords(errors)}. Check the network and pip's index, or set DCGAN_LIBTORCH to the directory of a libtorch that is there already.`;
  throw new DcganError('ERR_SETUP', said);
}

async function unpack(wheel: string, temporary: string, options: FetchOptions): Promise<string> {
  if (!options.quiet) process.stderr.write('Unpacking libtorch\n');
  const { status, errors } = await runPython(['-c', unpackScript, wheel, temporary], temporary, options);
  if (status !== 0)
    throw new DcganError('ERR_SETUP', `libtorch could not be unpacked: ${lastWords(errors)}.`);
  const unpacked = join(temporary, 'torch');
  if (isLibtorch(unpacked) && readVersion(unpacked) === libtorchVersion) return unpacked;
  throw new DcganError(
    'ERR_SETUP',
    `The wheel that pip downloaded holds no libtorch ${libtorchVersion}: ${wheel}.`,
  );
}

/** Puts the unpacked directory into place, unless another process did so meanwhile. */
function publish(unpacked: string, target: string, temporary: string): void {
  try {
    // What lies there and is no libtorch (files were deleted by hand) makes way.
    if (!isLibtorch(target)) renameSync(target, join(temporary, 'broken'));
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw cannotPublish(target, error);
  }
  try {
    renameSync(unpacked, target);
  } catch (error) {
    if (!isLibtorch(target)) throw cannotPublish(target, error);
  }
}

function cannotPublish(target: string, cause: unknown): DcganError {
  const said = `libtorch could not be put into ${target} (${systemCode(cause)}): make that directory writable.`;
  return new DcganError('ERR_SETUP', said, { cause });
}

/** The sentence in what a Python program wrote to stderr: pip's `ERROR:` lines, else the last line. */
function lastWords(errors: readonly string[]): string {
  const own = errors.filter((line) => line.startsWith('ERROR: ')).map((line) => line.slice('ERROR: '.length));
  const words = own.length > 0 ? own.slice(-3).join(' ') : (errors.at(-1) ?? 'it gave no reason');
  return words.replace(/[.\s]+$/, '');
}
