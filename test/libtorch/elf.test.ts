import { join } from 'node:path';
import { readArchitecture, readSymbolVersions } from '../../lib/libtorch/elf';
import { elfHeader, remove, temporaryDirectory, write } from './helpers';

let directory: string;
beforeEach(() => {
  directory = temporaryDirectory();
});
afterEach(() => remove(directory));

describe('an ELF file', () => {
  test('tells the architecture that it is for', () => {
    expect(readArchitecture(process.execPath)).toBe(process.arch);
    expect(readArchitecture(write(join(directory, 'other'), elfHeader('arm64')))).toBe('arm64');
  });

  test('tells the versions of glibc and libstdc++ that it needs', () => {
    const { needs } = readSymbolVersions(process.execPath);
    expect(needs).toEqual(expect.arrayContaining([expect.stringMatching(/^GLIBC_2\.\d+$/)]));
    expect(needs.every((version) => /^\w+_[\w.]+$/.test(version))).toBe(true);
  });

  test('tells the versions that it provides', () => {
    const { sharedObjects } = process.report.getReport() as unknown as { sharedObjects: string[] };
    const libc = sharedObjects.find((path) => path.endsWith('/libc.so.6'))!;
    expect(readSymbolVersions(libc).provides).toContain('GLIBC_2.2.5');
  });

  test('is told from any other file', () => {
    for (const content of ['', 'text', 'a longer text that is not an ELF file']) {
      expect(readArchitecture(write(join(directory, 'file'), content))).toBeNull();
    }
    expect(readSymbolVersions(join(directory, 'file'))).toEqual({ needs: [], provides: [] });
  });
});
