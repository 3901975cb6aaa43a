import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/**
 * Makes somebody else's package in `directory`, in which the packed package is installed, and nothing of this clone's
 * sources can be found.
 * @param others development dependencies of ours that it has as well
 */
export function installPackage(directory: string, others: readonly string[] = []): string {
  mkdirSync(directory, { recursive: true });
  writeFileSync(
    join(directory, 'package.json'),
    '{ "name": "consumer", "private": true, "type": "module" }\n',
  );
  const script = resolve('scripts', 'release', 'installed.mjs');
  const { status, stderr } = spawnSync(process.execPath, [script, directory, ...others], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return directory;
}
