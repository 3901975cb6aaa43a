import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const open: Disposable[] = [];
const directories: string[] = [];

/** Disposes of it after the test: a trainer left running would keep jest from ending. */
export function using<T extends Disposable>(resource: T): T {
  open.push(resource);
  return resource;
}

/** A directory that is removed after the test. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'dcgan-test-'));
  directories.push(directory);
  return directory;
}

afterEach(() => {
  for (const resource of open.splice(0)) resource[Symbol.dispose]();
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});
