import { spawnSync } from 'node:child_process';
import type { Environment } from './layout.js';

/** What Python is called on this system. */
export const python = process.platform === 'win32' ? 'python' : 'python3';

/** `-c` puts the working directory first in the search path, where a stray `torch/` is not the torch that is meant. */
const withoutWorkingDirectory = 'import sys; sys.path = [p for p in sys.path if p]\n';

/** Script for `askPython`: the directory of Python's torch, found without importing it; an empty line for none. */
export const torchDirectoryScript = `
import importlib.util
spec = importlib.util.find_spec('torch')
print(spec.submodule_search_locations[0] if spec and spec.submodule_search_locations else '')`;

/** Script for `askPython`: whether pip can be run. */
export const hasPipScript = "import importlib.util; print('yes' if importlib.util.find_spec('pip') else '')";

/**
 * Runs a short script in python3, without a shell.
 * @returns its output, trimmed; null when there is no python3 or the script failed
 */
export function askPython(script: string, env: Environment): string | null {
  const { error, status, stdout } = spawnSync(python, ['-c', withoutWorkingDirectory + script], {
    env: env as NodeJS.ProcessEnv,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 20_000,
    windowsHide: true,
  });
  return error || status !== 0 ? null : stdout.trim();
}
