import { resolve } from 'node:path';
import { DcganError } from '../errors.js';
import {
  cacheDirectory,
  type Environment,
  isLibtorch,
  libtorchVersion,
  minorOf,
  readVersion,
  sharedLibrary,
} from './layout.js';
import { askPython, python, torchDirectoryScript } from './python.js';

/** A libtorch that can be loaded. */
export interface Libtorch {
  /** The directory that holds `lib/`. */
  readonly root: string;
  /** `major.minor.patch`. */
  readonly version: string;
  /** What led to it. */
  readonly source: 'DCGAN_LIBTORCH' | 'cache' | 'python';
}

export interface FindOptions {
  /** Default: `process.env`. */
  readonly env?: Environment;
  /** Minor versions that can be used: `['2.13']`. Default: the one that is fetched. */
  readonly served?: readonly string[];
}

/** A place where libtorch may be. */
interface Place {
  readonly name: string;
  readonly source: Libtorch['source'];
  /** The directory, or null with the reason. */
  readonly root: string | null;
  readonly absent: string;
}

const remedy =
  'Run: npx dcgan-native setup, or set DCGAN_LIBTORCH to the directory of a libtorch (the one that holds lib/).';

/**
 * Finds libtorch: `DCGAN_LIBTORCH`, then the one fetched before, then the torch of python3. Python is run only when
 * the first two gave nothing.
 * @throws DcganError ERR_LIBTORCH_NOT_FOUND, naming every place that was looked at; ERR_LIBTORCH_VERSION when there
 * is one of a version that is not served. A wrong `DCGAN_LIBTORCH` is an error even if another place has one.
 */
export function findLibtorch({
  env = process.env,
  served = [minorOf(libtorchVersion)],
}: FindOptions = {}): Libtorch {
  if (env.DCGAN_LIBTORCH) return namedLibtorch(env.DCGAN_LIBTORCH, served);
  const looked = ['DCGAN_LIBTORCH (not set)'];
  let unfit: DcganError | null = null;
  for (const place of [cachePlace, pythonPlace]) {
    const { name, source, root, absent } = place(env);
    if (root === null || !isLibtorch(root)) {
      looked.push(`${name} (${absent})`);
      continue;
    }
    const version = readVersion(root);
    if (version !== null && served.includes(minorOf(version))) return { root, version, source };
    unfit ??= unfitting(name, version, served);
  }
  if (unfit) throw unfit;
  const said = `libtorch was not found. Looked at: ${looked.join(', ')}. ${remedy}`;
  throw new DcganError('ERR_LIBTORCH_NOT_FOUND', said);
}

function namedLibtorch(named: string, served: readonly string[]): Libtorch {
  const root = resolve(named);
  if (!isLibtorch(root)) {
    const library = `lib/${sharedLibrary('torch')}`;
    const said = `DCGAN_LIBTORCH is ${root}, which holds no ${library}. Set it to the directory that holds lib/, or unset it and run: npx dcgan-native setup`;
    throw new DcganError('ERR_LIBTORCH_NOT_FOUND', said, { value: named });
  }
  const version = readVersion(root);
  if (version === null || !served.includes(minorOf(version))) {
    throw unfitting(`${root} (DCGAN_LIBTORCH)`, version, served);
  }
  return { root, version, source: 'DCGAN_LIBTORCH' };
}

function cachePlace(env: Environment): Place {
  const root = cacheDirectory(env);
  return { name: root, source: 'cache', root, absent: 'nothing fetched yet' };
}

function pythonPlace(env: Environment): Place {
  const root = askPython(torchDirectoryScript, env);
  const absent =
    root === null ? `no ${python} that runs` : root === '' ? 'it has none' : `${root} lacks lib/`;
  return { name: root || `the torch of ${python}`, source: 'python', root: root || null, absent };
}

function unfitting(where: string, version: string | null, served: readonly string[]): DcganError {
  const found = version === null ? 'a libtorch of unknown version' : `libtorch ${version}`;
  const said = `Found ${found} in ${where}, but this build of dcgan-native serves ${served.join(', ')}. ${remedy}`;
  return new DcganError('ERR_LIBTORCH_VERSION', said, { value: version });
}
