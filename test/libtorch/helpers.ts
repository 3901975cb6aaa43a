import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readVersion, sharedLibrary } from '../../lib/libtorch/layout';
import { findFittingLibtorch } from '../../lib/native/load';

/** A directory of its own for each test. */
export const temporaryDirectory = (): string => mkdtempSync(join(tmpdir(), 'dcgan-libtorch-'));

export const remove = (directory: string): void => rmSync(directory, { recursive: true, force: true });

export function write(path: string, content: string | Buffer = '', mode = 0o644): string {
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

/** Of e_machine in an ELF header. */
const machines: Readonly<Record<string, number>> = { x64: 0x3e, arm64: 0xb7 };

/** The header of an ELF file for an architecture, with nothing behind it. */
export function elfHeader(architecture: string = process.arch): Buffer {
  const header = Buffer.alloc(64);
  header.write('\x7fELF\x02\x01\x01', 'latin1');
  header.writeUInt16LE(machines[architecture]!, 18);
  return header;
}

/** Files in the places of a libtorch's, with nothing in them but the version and the architecture. */
export function layOutLibtorch(root: string, version = '2.13.0', architecture?: string): string {
  write(join(root, 'lib', sharedLibrary('torch')), elfHeader(architecture));
  write(join(root, 'lib', sharedLibrary('torch_cpu')), elfHeader(architecture));
  write(join(root, 'include', 'torch', 'headeronly', 'version.h'), versionHeader(version));
  return root;
}

/** A libtorch in `root` made of links to the files of the real one, so that single files can be replaced. */
export function linkLibtorch(root: string): string {
  const real = findFittingLibtorch().root;
  mkdirSync(join(root, 'lib'), { recursive: true });
  for (const name of readdirSync(join(real, 'lib')))
    symlinkSync(join(real, 'lib', name), join(root, 'lib', name));
  write(join(root, 'build-version'), readVersion(real) ?? '');
  return root;
}

/** Puts other content in place of a file, or of a link to one. */
export function replace(path: string, content: string | Buffer): void {
  rmSync(path);
  write(path, content);
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
