import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/**
 * Remembers from what something was built, by content: a checkout that touches every file changes nothing.
 * Stamps lie in `build/`, and go when it goes.
 */
export class Stamp {
  #root;
  #path;
  #inputs;
  #outputs;

  /**
   * @param inputs files and directories, relative to `root`
   * @param outputs files without which nothing counts as built
   */
  constructor(root, name, inputs, outputs) {
    this.#root = root;
    this.#path = join(root, 'build', `${name}.stamp`);
    this.#inputs = inputs;
    this.#outputs = outputs.map((path) => join(root, path));
  }

  /** Whether what is there was built from these inputs. */
  isFresh() {
    return this.#outputs.every(isFile) && read(this.#path) === this.#digest();
  }

  /** Builds; while it does, and when it fails, nothing counts as built. */
  async build(make) {
    const digest = this.#digest();
    rmSync(this.#path, { force: true });
    await make();
    mkdirSync(dirname(this.#path), { recursive: true });
    writeFileSync(this.#path, digest);
  }

  #digest() {
    const hash = createHash('sha256');
    for (const path of this.#inputs.flatMap((input) => filesIn(join(this.#root, input)))) {
      const content = readFileSync(path);
      hash.update(`${relative(this.#root, path)}\0${content.length}\0`).update(content);
    }
    return hash.digest('hex');
  }
}

function filesIn(path) {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found?.isDirectory()) return found ? [path] : [];
  const names = readdirSync(path).sort();
  return names.flatMap((name) => filesIn(join(path, name)));
}

const isFile = (path) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
