import { delimiter, isAbsolute } from 'node:path';
import type { Environment } from '../files/cache.js';
import { ask } from '../process/ask.js';

/** What Python is called on this system. */
export const python = process.platform === 'win32' ? 'python' : 'python3';

/** Script for `askPython`: the directory of Python's torch, found without importing it; an empty line for none. */
export const torchDirectoryScript = `
import importlib.util
spec = importlib.util.find_spec('torch')
print(spec.submodule_search_locations[0] if spec and spec.submodule_search_locations else '')`;

/** Script for `askPython`: whether pip can be run. */
export const hasPipScript = "import importlib.util; print('yes' if importlib.util.find_spec('pip') else '')";

/** Script for `pythonArguments`: what `-m pip` does. */
export const pipScript = "import runpy; runpy.run_module('pip', run_name='__main__', alter_sys=True)";

const patience = 20;

/**
 * The arguments with which Python runs a script that imports nothing of the working directory, where a stray `pip/`,
 * `torch/` or `zipfile.py` may be somebody else's. Not by `-I`, which would also leave out the user's own packages and
 * settings; `-P` is missing before Python 3.11, and `-m` puts the working directory first before it looks for anything.
 */
export function pythonArguments(script: string, args: readonly string[] = []): string[] {
  return ['-c', `import sys; sys.path = [p for p in sys.path if p]\n${script}`, ...args];
}

/** The environment for that: of `PYTHONPATH`, relative and empty parts mean the working directory and are left out. */
export function pythonVariables(env: Environment): Environment {
  const { PYTHONPATH = '', ...others } = env;
  const absolute = PYTHONPATH.split(delimiter).filter((path) => isAbsolute(path));
  return absolute.length === 0 ? others : { ...others, PYTHONPATH: absolute.join(delimiter) };
}

/**
 * Runs a short script in python3, without a shell.
 * @returns the last line of its output, trimmed; null when there is no python3 or the script failed
 */
export function askPython(script: string, env: Environment): string | null {
  const { line, end } = ask(python, pythonArguments(script), pythonVariables(env), patience);
  return end === 'done' ? line : null;
}
