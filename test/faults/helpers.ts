import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { compilePackage } from '../support/compile_package.js';

/** How a script of `scripts/faults` ended, run on the sources as they are. */
export function runScript(name: string, args: readonly string[]) {
  const directory = mkdtempSync(join(tmpdir(), 'dcgan-faults-package-'));
  try {
    compilePackage(directory);
    const scripts = join('scripts', 'faults');
    cpSync(resolve(scripts), join(directory, scripts), { recursive: true });
    const script = join(directory, scripts, name);
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });
    return { status, stdout, stderr };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
