import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Environment } from '../files/cache.js';

/** Whether this machine seems to have an NVIDIA GPU with its driver. */
export function hasGpu(env: Environment = process.env): boolean {
  if (process.platform === 'darwin') return false;
  const tool = process.platform === 'win32' ? 'nvidia-smi.exe' : 'nvidia-smi';
  const places = (env.PATH ?? '').split(delimiter).map((directory) => join(directory, tool));
  return ['/dev/nvidiactl', ...places].some((path) => existsSync(path));
}
