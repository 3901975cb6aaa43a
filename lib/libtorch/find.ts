import { resolve } from 'node:path';
import { DcganError } from '../errors.js';
import { type Environment, packageCache } from '../files/cache.js';
import { cachedLibtorches, defaultLibtorch } from './cache.js';
import { inspectLibtorch } from './inspect.js';
import { libtorchVersion, minorOf } from './layout.js';
import { getLibtorch, type Problem, problemError } from './problem.js';
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
  /** Tries one that looks right, by loading it; what stands against it, or null. Default: none is tried. */
  readonly probe?: (libtorch: Libtorch) => Problem | null;
}

/** A place where libtorch may be, and what was found there. */
export interface Candidate {
  readonly source: Libtorch['source'];
  /** The directory, or what was looked for. */
  readonly where: string;
  /** null where nothing tells it. */
  readonly version: string | null;
  /** What can be used; null when there is a problem. */
  readonly libtorch: Libtorch | null;
  readonly problem: Problem | null;
  /** In three words, why nothing is there; null when something is. */
  readonly absent: string | null;
}

/**
 * Finds libtorch: `DCGAN_LIBTORCH`, then those fetched before, then the torch of python3. Python is run only when the
 * others gave nothing.
 * @throws DcganError ERR_LIBTORCH_NOT_FOUND, naming every place that was looked at; another ERR_LIBTORCH_… when there
 * are only such as cannot be used. A wrong `DCGAN_LIBTORCH` is an error even if another place has one.
 */
export function findLibtorch(options: FindOptions = {}): Libtorch {
  const looked: string[] = [];
  let unfit: DcganError | null = null;
  for (const { source, where, libtorch, problem, absent } of candidates(options)) {
    if (libtorch) return libtorch;
    if (absent !== null) looked.push(`${where} (${absent})`);
    else if (problem) unfit ??= problemError(problem, where);
    if (unfit && source === 'DCGAN_LIBTORCH') throw unfit;
  }
  if (unfit) throw unfit;
  const said = `libtorch was not found. Looked at: ${looked.join(', ')}. ${getLibtorch}`;
  throw new DcganError('ERR_LIBTORCH_NOT_FOUND', said);
}

/** Every place where libtorch may be, in the order of preference; each is looked at when it is asked for. */
export function* candidates(options: FindOptions = {}): Generator<Candidate> {
  const { env = process.env } = options;
  if (env.DCGAN_LIBTORCH) yield judge('DCGAN_LIBTORCH', resolve(env.DCGAN_LIBTORCH), options);
  else yield nothing('DCGAN_LIBTORCH', 'DCGAN_LIBTORCH', 'not set');
  const cached = cachedLibtorches(packageCache(env));
  if (cached.length === 0) yield nothing('cache', defaultLibtorch(env), 'nothing fetched yet');
  for (const { root } of cached) yield judge('cache', root, options);
  yield pythonCandidate(env, options);
}

function pythonCandidate(env: Environment, options: FindOptions): Candidate {
  const root = askPython(torchDirectoryScript, env);
  if (root) return judge('python', root, options);
  return nothing(
    'python',
    `the torch of ${python}`,
    root === null ? `no ${python} that runs` : 'it has none',
  );
}

function judge(
  source: Libtorch['source'],
  root: string,
  { served = [minorOf(libtorchVersion)], probe }: FindOptions,
): Candidate {
  const { version, problem } = inspectLibtorch({ root, source }, served);
  if (problem || version === null)
    return { source, where: root, version, libtorch: null, problem, absent: null };
  const libtorch = { root, version, source };
  const failed = probe?.(libtorch) ?? null;
  return { source, where: root, version, libtorch: failed ? null : libtorch, problem: failed, absent: null };
}

function nothing(source: Libtorch['source'], where: string, absent: string): Candidate {
  return { source, where, version: null, libtorch: null, problem: null, absent };
}
