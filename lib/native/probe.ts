import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Environment, packageCache } from '../files/cache.js';
import type { Libtorch } from '../libtorch/find.js';
import { explainLoadFailure, notItsVersion } from '../libtorch/inspect.js';
import { minorOf } from '../libtorch/layout.js';
import { type Problem, replaceLibtorch } from '../libtorch/problem.js';
import { askNode, objectIn } from '../process/ask.js';
import { version } from '../version.js';

/** Seconds that loading may take; from a cold disk it is a few. */
const patience = 120;

// Runs in the child process. `version` asks a libtorch itself, whatever its files tell.
const script = `
const { writeSync } = require('node:fs');
const [addon, ...paths] = process.argv.slice(1);
const answer = {};
try {
  const loader = require(addon);
  answer.version = loader.version(paths[0]);
  loader.load(...paths);
} catch (error) {
  answer.words = error.message;
}
writeSync(1, JSON.stringify(answer) + '\\n');
// Whatever libtorch would do at its end is not what is tried here.
process.kill(process.pid, 'SIGKILL');`;

interface Answer {
  /** `major.minor.patch`, as the loaded libtorch tells it. */
  readonly version?: string | null;
  /** What the system said when it did not load. */
  readonly words?: string;
}

/**
 * Loads a libtorch, and the core above it, in a child process: a broken library may crash that one. That it loads is
 * remembered in the user's cache directory for as long as none of the files changes, so that only the first time costs
 * a process. What failed is tried again each time: what it lacked may have been installed meanwhile.
 * @param paths what the loader is given: libtorch, and the libraries of ours
 * @returns what stands against it; null when it loads
 */
export function probeLibtorch(
  loader: string,
  libtorch: Libtorch,
  paths: readonly string[],
  env: Environment = process.env,
): Problem | null {
  const fingerprint = fingerprintOf(libtorch, [loader, ...paths]);
  const memory = join(packageCache(env), 'probed', digest(libtorch.root).slice(0, 16));
  if (fingerprint === recall(memory)) return null;
  const problem = tryLoading(loader, libtorch, paths, env);
  if (problem === null) remember(memory, fingerprint);
  return problem;
}

function tryLoading(
  loader: string,
  libtorch: Libtorch,
  paths: readonly string[],
  env: Environment,
): Problem | null {
  const { root, version } = libtorch;
  const said = askNode(script, [loader, ...paths], env, patience);
  const answer = objectIn<Answer>(said);
  if (answer?.words !== undefined) return explainLoadFailure(libtorch, answer.words);
  if (answer?.version && minorOf(answer.version) !== minorOf(version)) {
    return notItsVersion(libtorch, `it says of itself that it is ${answer.version}`);
  }
  if (answer) return null;
  // Where no process can be started, nothing can be tried: then it is loaded right away.
  if (said.end === 'unstarted') return null;
  const how =
    said.end === 'late'
      ? `was not loaded after ${patience} seconds`
      : `crashes when it is loaded (${said.how})`;
  const reason = `The libtorch ${version} in ${root} is damaged: it ${how}.`;
  return { code: 'ERR_LIBTORCH_LOAD', reason, remedy: replaceLibtorch(libtorch) };
}

/** All that decides whether it loads: our version, Node.js, our libraries and libtorch's by size and time. */
function fingerprintOf({ root }: Libtorch, ours: readonly string[]): string {
  const theirs = readdirSync(join(root, 'lib')).map((name) => join(root, 'lib', name));
  const files = [...ours, ...theirs].map((path) => {
    const stats = statSync(path, { throwIfNoEntry: false });
    return [basename(path), stats?.size, stats?.mtimeMs];
  });
  return digest(JSON.stringify([version, process.version, process.arch, files]));
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

function recall(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function remember(path: string, fingerprint: string): void {
  try {
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(`${path}.${process.pid}`, fingerprint);
    renameSync(`${path}.${process.pid}`, path);
  } catch {
    // A cache that cannot be written costs a process at every start, and nothing else.
  }
}
