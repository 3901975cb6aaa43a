import { basename, resolve, sep } from 'node:path';

/** What runs are called: the names of their directories, or as much more of their paths as tells them apart. */
export function runNames(directories: readonly string[]): string[] {
  const paths = directories.map((directory) => resolve(directory).split(sep));
  const tails = (length: number) => paths.map((parts) => parts.slice(-length).join('/'));
  const longest = Math.max(...paths.map(({ length }) => length));
  const differing = Array.from({ length: longest }, (_, i) => tails(i + 1)).find(
    (names) => new Set(names).size === names.length,
  );
  return differing ?? directories.map((directory) => basename(resolve(directory)));
}
