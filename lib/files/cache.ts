import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** This package's directory in the user's cache directory: `~/.cache/dcgan-native`, or below `XDG_CACHE_HOME`. */
export function packageCache(env: Environment = process.env): string {
  const named = env.XDG_CACHE_HOME;
  // The XDG specification has relative paths ignored.
  const caches = named && isAbsolute(named) ? named : join(env.HOME || homedir(), '.cache');
  return join(caches, 'dcgan-native');
}
