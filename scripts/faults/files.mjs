import {
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** Copies the files of a directory; checkpoints, which are only ever replaced, as links. */
export function copyTree(from, to) {
  for (const path of filesIn(from)) {
    const [source, target] = [join(from, path), join(to, path)];
    mkdirSync(dirname(target), { recursive: true });
    if (path.endsWith('.safetensors')) linkSync(source, target);
    else cpSync(source, target);
  }
}

/** The bytes of every file below a directory, by path; none where there is no directory. */
export function contentsOf(directory) {
  return new Map(filesIn(directory).map((path) => [path, readFileSync(join(directory, path))]));
}

export const isSame = (a, b) =>
  a.size === b.size && [...a].every(([path, bytes]) => b.get(path)?.equals(bytes));

/** Makes everything in a directory look as if it had been left a day ago. */
export function growOld(directory) {
  const dayAgo = Date.now() / 1000 - 86_400;
  for (const path of readdirSync(directory, { recursive: true }))
    utimesSync(join(directory, path), dayAgo, dayAgo);
}

function filesIn(directory) {
  if (!existsSync(directory)) return [];
  const paths = readdirSync(directory, { recursive: true }).sort();
  return paths.filter((path) => statSync(join(directory, path)).isFile());
}
