import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { temporaryDirectory } from '../support/cleanup.js';

const script = resolve('scripts/release/floor.mjs');
const linux = process.platform === 'linux' ? test : test.skip;

/** Compiles a shared library that asks for `symbol` of the version `version`. */
function libraryThatNeeds(symbol: string, version: string): string {
  const directory = temporaryDirectory();
  const source = join(directory, 'needs.c');
  // A library of that name defines the version, whatever this system's own has.
  writeFileSync(join(directory, 'new.map'), `${version} { global: ${symbol}; };\n`);
  writeFileSync(join(directory, 'new.c'), `void ${symbol}(void) {}\n`);
  writeFileSync(source, `void ${symbol}(void);\nvoid call(void) { ${symbol}(); }\n`);
  const provider = join(directory, 'libnew.so');
  const compile = (args: string[]) => {
    const { status, stderr } = spawnSync('cc', ['-shared', '-fPIC', ...args], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  };
  compile(['-o', provider, join(directory, 'new.c'), `-Wl,--version-script=${join(directory, 'new.map')}`]);
  const library = join(directory, 'needs.so');
  compile(['-o', library, source, provider]);
  return library;
}

describe('the check of the floor', () => {
  linux('refuses a binary that asks for a newer glibc, and names the version', () => {
    const library = libraryThatNeeds('dcgan_newer', 'GLIBC_2.99');
    const { status, stderr } = spawnSync(process.execPath, [script, library], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'needs.so needs GLIBC_2.99; the floor is 2.28.\n',
    });
  });

  linux('orders versions by number: 2.4 is below 2.28', () => {
    const library = libraryThatNeeds('dcgan_older', 'GLIBC_2.4');
    expect(spawnSync(process.execPath, [script, library]).status).toBe(0);
  });
});
