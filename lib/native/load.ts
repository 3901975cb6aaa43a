import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { systemCode } from '../errors.js';
import {
  type Candidate,
  candidates,
  type FindOptions,
  findLibtorch,
  type Libtorch,
} from '../libtorch/find.js';
import { explainLoadFailure } from '../libtorch/inspect.js';
import { isCuda, libtorchLibrary, libtorchVersion, minorOf, sharedLibrary } from '../libtorch/layout.js';
import { problemError } from '../libtorch/problem.js';
import { type Addon, findAddon, openLoader } from './addon.js';
import type { NativeCore } from './bindings.js';
import { probeLibtorch } from './probe.js';

let loaded: NativeCore | null = null;

/**
 * Loads the addon, libtorch, and the core library that was built for its minor version; once for each process (and
 * each worker thread). Blocks for about 150 ms the first time; for a second when this libtorch was never loaded before.
 * @throws DcganError ERR_ADDON_NOT_FOUND, ERR_LIBTORCH_…
 */
export function loadNative(): NativeCore {
  loaded ??= load();
  return loaded;
}

/**
 * The libtorch that `loadNative` would load: one that the addon has a core library for, and that was seen to load.
 * @throws DcganError ERR_ADDON_NOT_FOUND, ERR_LIBTORCH_…
 */
export function findFittingLibtorch(): Libtorch {
  return findLibtorch(searchOf(findAddon()));
}

/** Every place where a libtorch may be, with what is wrong with it. @throws DcganError ERR_ADDON_NOT_FOUND */
export function libtorchCandidates(): Iterable<Candidate> {
  return candidates(searchOf(findAddon()));
}

/** Minor versions of libtorch that there are cores for; the one that is fetched, where the addon is missing. */
export function servedVersions(): string[] {
  try {
    return [...findAddon().cores.keys()];
  } catch (error) {
    if (systemCode(error) !== 'ERR_ADDON_NOT_FOUND') throw error;
    return [minorOf(libtorchVersion)];
  }
}

function load(): NativeCore {
  const addon = findAddon();
  const loader = openLoader(addon);
  const libtorch = findLibtorch(searchOf(addon));
  try {
    return loader.load(...pathsFor(addon, libtorch));
  } catch (cause) {
    if (systemCode(cause) !== 'ERR_LIBTORCH_LOAD') throw cause;
    throw problemError(explainLoadFailure(libtorch, (cause as Error).message), libtorch.root, cause);
  }
}

function searchOf(addon: Addon): FindOptions {
  return {
    served: [...addon.cores.keys()],
    probe: (libtorch) => probeLibtorch(addon.loader, libtorch, pathsFor(addon, libtorch)),
  };
}

/** What the loader opens: libtorch, the core for its minor version, and the CUDA plug-in for it where there is one. */
function pathsFor({ loader, cores }: Addon, { root, version }: Libtorch): [string, string, ...string[]] {
  const minor = minorOf(version);
  const plugin = join(dirname(loader), sharedLibrary(`dcgan_cuda-torch${minor}`));
  const plugins = isCuda(root) && existsSync(plugin) ? [plugin] : [];
  return [libtorchLibrary(root), cores.get(minor)!, ...plugins];
}
