import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** The run that somebody may have meant by a path where there is none: `runs/0001` by `1`, `runs` or `runs/1`. */
export function runMeantBy(path: string): string | null {
  if (isRun(path)) return null;
  const name = basename(path).replace(/^\d+$/, (digits) => digits.padStart(4, '0'));
  const candidates = [
    join(dirname(path), name),
    join('runs', name),
    // Of a file in a run, the run.
    dirname(path),
    ...newestIn(path),
    ...newestIn(join(path, 'runs')),
  ];
  return candidates.find(isRun) ?? null;
}

function isRun(path: string): boolean {
  return existsSync(join(path, 'config.json'));
}

/** The run with the highest number, if any. */
function newestIn(directory: string): string[] {
  try {
    const numbered = readdirSync(directory).filter((name) => /^\d{4,9}$/.test(name));
    const newest = numbered.sort((a, b) => Number(b) - Number(a)).map((name) => join(directory, name));
    return newest.filter(isRun).slice(0, 1);
  } catch {
    // Not there, a file, or not for us to read: nothing to suggest.
    return [];
  }
}
