import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { sharedLibrary } from '../../lib/libtorch/layout';

/** A directory of its own for each test. */
export const temporaryDirectory = (): string => mkdtempSync(join(tmpdir(), 'dcgan-libtorch-'));

export const remove = (directory: string): void => rmSync(directory, { recursive: true, force: true });

export function write(path: string, content = '', mode = 0o644): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content, { mode });
  return path;
}

export function versionHeader(version: string): string {
  const [major, minor, patch] = version.split('.');
  return [
    '#pragma once',
    `#define TORCH_VERSION_MAJOR ${major}`,
    `#define TORCH_VERSION_MINOR ${minor}`,
    `#define TORCH_VERSION_PATCH ${patch}`,
    `#define TORCH_VERSION "${version}"`,
  ].join('\n');
}

/** Files in the places of a libtorch's, empty but for the version. */
export function layOutLibtorch(root: string, version = '2.13.0'): string {
  write(join(root, 'lib', sharedLibrary('torch')));
  write(join(root, 'lib', sharedLibrary('torch_cpu')));
  write(join(root, 'include', 'torch', 'headeronly', 'version.h'), versionHeader(version));
  return root;
}

/** The message of the `DcganError` that `call` throws, after its code. */
export async function failure(call: () => unknown): Promise<string> {
  try {
    await call();
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return `${code}: ${message}`;
  }
  throw new Error('It did not fail.');
}
