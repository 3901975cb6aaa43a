import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { temporaryDirectory } from '../cli/helpers.js';
import { compilePackage } from '../support/compile_package.js';

/** How a script of `scripts/faults` ended, run on the sources as they are. */
export function runScript(name: string, args: readonly string[]) {
  const directory = compilePackage(join(temporaryDirectory(), 'package'));
  const scripts = join('scripts', 'faults');
  cpSync(resolve(scripts), join(directory, scripts), { recursive: true });
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(directory, scripts, name), ...args], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}
