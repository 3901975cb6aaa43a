import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The version that is fetched, and that this package is built against. */
export const libtorchVersion = '2.13.0';

/** `2.13.0` → `2.13`: what libtorch's C++ ABI, and so a core library, holds for. */
export const minorOf = (version: string): string => version.split('.').slice(0, 2).join('.');

/** The file name of a shared library on this system: `torch` → `libtorch.so`. */
export function sharedLibrary(name: string): string {
  if (process.platform === 'win32') return `${name}.dll`;
  return `lib${name}.${process.platform === 'darwin' ? 'dylib' : 'so'}`;
}

/** The library to open in a libtorch; the others that it needs lie beside it. */
export const libtorchLibrary = (root: string): string => join(root, 'lib', sharedLibrary('torch'));

/** Whether `root` is a directory with libtorch's libraries in `lib/`. */
export function isLibtorch(root: string): boolean {
  return libtorchParts(root).every((path) => existsSync(path));
}

/** The files that a libtorch cannot be without. */
export const libtorchParts = (root: string): string[] =>
  ['torch', 'torch_cpu'].map((name) => join(root, 'lib', sharedLibrary(name)));

/** Whether the libtorch in `root` is a build for CUDA. */
export const isCuda = (root: string): boolean => existsSync(join(root, 'lib', sharedLibrary('torch_cuda')));

/**
 * The version of the libtorch in `root`, without what follows a `+`: `2.13.0`.
 * @returns null where nothing in it tells
 */
export function readVersion(root: string): string | null {
  const header = read(join(root, 'include', 'torch', 'headeronly', 'version.h'));
  const parts = ['MAJOR', 'MINOR', 'PATCH'].map(
    (part) => new RegExp(`#define\\s+TORCH_VERSION_${part}\\s+(\\d+)`).exec(header)?.[1],
  );
  if (parts.every((part) => part !== undefined)) return parts.join('.');
  // A downloaded archive of libtorch says it in build-version, a Python package in version.py.
  const said =
    read(join(root, 'build-version')) || /__version__ = '([^']+)'/.exec(read(join(root, 'version.py')))?.[1];
  return /^\d+\.\d+\.\d+/.exec(said ?? '')?.[0] ?? null;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
