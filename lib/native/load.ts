import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DcganError, systemCode } from '../errors.js';
import { findLibtorch, type Libtorch } from '../libtorch/find.js';
import { libtorchLibrary, minorOf, sharedLibrary } from '../libtorch/layout.js';
import type { NativeCore, NativeLoader } from './bindings.js';

/** The same from `lib/native` and from `dist/native`. */
const packageRoot = join(__dirname, '..', '..');

const coreFile = (minor: string): string => sharedLibrary(`dcgan_core-torch${minor}`);

let loaded: NativeCore | null = null;

/**
 * Loads the addon, libtorch, and the core library that was built for its minor version; once for each process (and
 * each worker thread). Blocks for about 150 ms the first time.
 * @throws DcganError ERR_ADDON_NOT_FOUND, ERR_LIBTORCH_NOT_FOUND, ERR_LIBTORCH_VERSION, ERR_LIBTORCH_LOAD
 */
export function loadNative(): NativeCore {
  loaded ??= load();
  return loaded;
}

/**
 * The libtorch that `loadNative` would load, found without loading it: one that the addon has a core library for.
 * @throws DcganError ERR_ADDON_NOT_FOUND, ERR_LIBTORCH_NOT_FOUND, ERR_LIBTORCH_VERSION
 */
export function findFittingLibtorch(): Libtorch {
  return fittingLibtorch(findAddon());
}

function load(): NativeCore {
  const addon = findAddon();
  const libtorch = fittingLibtorch(addon);
  const loader = openAddon(addon);
  try {
    return loader.load(
      libtorchLibrary(libtorch.root),
      join(dirname(addon), coreFile(minorOf(libtorch.version))),
    );
  } catch (cause) {
    throw loadFailure(libtorch, cause);
  }
}

const buildRemedy = 'In a clone run: npm ci; elsewhere install dcgan-native again.';

function findAddon(): string {
  try {
    return (require('node-gyp-build') as { resolve(directory: string): string }).resolve(packageRoot);
  } catch (cause) {
    const said = `There is no native addon for ${process.platform}-${process.arch} in ${packageRoot}. ${buildRemedy}`;
    throw new DcganError('ERR_ADDON_NOT_FOUND', said, { cause });
  }
}

function openAddon(addon: string): NativeLoader {
  try {
    return require(addon) as NativeLoader;
  } catch (cause) {
    const said = `The native addon ${addon} could not be opened: ${firstLine(cause)}. ${buildRemedy}`;
    throw new DcganError('ERR_ADDON_NOT_FOUND', said, { value: addon, cause });
  }
}

function fittingLibtorch(addon: string): Libtorch {
  const [before = '', after = ''] = coreFile('*').split('*');
  const served = readdirSync(dirname(addon))
    .filter((name) => name.startsWith(before) && name.endsWith(after))
    .map((name) => name.slice(before.length, -after.length));
  if (served.length > 0) return findLibtorch({ served });
  const said = `There is no core library (${coreFile('*')}) beside ${addon}. ${buildRemedy}`;
  throw new DcganError('ERR_ADDON_NOT_FOUND', said, { value: addon });
}

function loadFailure(libtorch: Libtorch, cause: unknown): unknown {
  if (systemCode(cause) !== 'ERR_LIBTORCH_LOAD') return cause;
  const said = `libtorch in ${libtorch.root} could not be loaded: ${firstLine(cause)}. ${loadRemedy(libtorch)}`;
  return new DcganError('ERR_LIBTORCH_LOAD', said, { value: libtorch.root, cause });
}

function loadRemedy({ root, source }: Libtorch): string {
  // pip serves builds for CUDA from its default index, and they find NVIDIA's libraries only inside a Python.
  const isCuda = existsSync(join(root, 'lib', sharedLibrary('torch_cuda')));
  const cuda = isCuda ? "It is a build for CUDA, which needs pip's nvidia packages beside it. " : '';
  if (source === 'python') return `${cuda}For one without Python run: npx dcgan-native setup`;
  if (source === 'DCGAN_LIBTORCH') {
    return `${cuda}Set DCGAN_LIBTORCH to another one, or unset it and run: npx dcgan-native setup`;
  }
  const index = isCuda ? ', with PIP_INDEX_URL set to an index of CPU builds' : '';
  return `${cuda}Delete that directory and run: npx dcgan-native setup${index}`;
}

function firstLine(error: unknown): string {
  const [line = ''] = (error as Error).message.split('\n');
  return line.replace(/\.$/, '');
}
