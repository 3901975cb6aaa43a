import { resolve } from 'node:path';
import { DcganError } from '../errors.js';
import { packageCache } from '../files/cache.js';
import { sizeText } from '../files/size.js';
import { type CachedLibtorch, cachedLibtorches, directorySize } from '../libtorch/cache.js';
import { fetchLibtorch } from '../libtorch/fetch.js';
import { buildOf, type FetchEvent, reportFetch } from '../libtorch/fetch_events.js';
import { hasGpu } from '../libtorch/gpu.js';
import { libtorchVersion, minorOf } from '../libtorch/layout.js';
import { isFetched, removeCached } from '../libtorch/place.js';
import { findFittingLibtorch, servedVersions } from '../native/load.js';
import { Interruption, InterruptionWatch } from './interruption.js';
import { shellQuote } from './report.js';
import type { SetupFlags } from './setup.js';

/**
 * Fetches libtorch, or lists or removes what was fetched.
 * @returns the exit status: 0, or that of an `Interruption`
 * @throws DcganError ERR_SETUP, ERR_OPTION
 */
export async function runSetup(flags: SetupFlags): Promise<number> {
  const directory = flags.dir === undefined ? packageCache() : resolve(flags.dir);
  if (flags.list) return list(directory, flags);
  if (flags.remove !== undefined) return remove(directory, flags);
  return fetch(directory, flags);
}

async function fetch(directory: string, flags: SetupFlags): Promise<number> {
  const { version = libtorchVersion, variant = hasGpu() ? 'cuda' : 'cpu', force } = flags;
  checkVersion(version);
  const show = reportFetch(process.stderr);
  const onEvent = (event: FetchEvent) => {
    if (flags.json) printJson(event);
    else if (!flags.quiet) show(event);
  };
  const say = (message: string) => onEvent({ type: 'notice', message });
  const watch = new InterruptionWatch(() => say('Stopping.'));
  try {
    const { signal } = watch;
    const root = await fetchLibtorch({ version, variant, directory, force, signal, onEvent });
    if (flags.dir !== undefined) say(`To use it: export DCGAN_LIBTORCH=${shellQuote(root)}`);
    return 0;
  } catch (error) {
    if (!(error instanceof Interruption)) throw error;
    say(`Stopped by ${error.by}: nothing was fetched.`);
    return error.exitCode;
  } finally {
    watch.close();
  }
}

/** @throws DcganError ERR_OPTION for what is no version, or one that no core is there for. */
function checkVersion(version: string): void {
  const served = servedVersions();
  if (/^\d+\.\d+(\.\d+)?$/.test(version) && served.includes(minorOf(version))) return;
  const said = `Option 'version' is wrong: ${version} is not served. Take a version of ${served.join(' or ')}, such as ${libtorchVersion}.`;
  throw new DcganError('ERR_OPTION', said, { value: version });
}

function list(directory: string, { json, quiet }: SetupFlags): number {
  const used = usedRoot();
  const found = cachedLibtorches(directory).map((cached) => ({
    version: cached.version,
    variant: cached.variant,
    directory: cached.directory,
    bytes: directorySize(cached.directory),
    used: cached.root === used,
  }));
  if (json) for (const entry of found) printJson(entry);
  if (json || quiet) return 0;
  const say = (line: string) => process.stderr.write(`${line}\n`);
  if (found.length === 0) say(`${directory} holds nothing that was fetched.`);
  for (const { version, variant, bytes, directory, used } of found) {
    say(
      `libtorch ${version} (${buildOf(variant)}), ${sizeText(bytes)}, in ${directory}${used ? ' (used)' : ''}`,
    );
  }
  if (used !== null && !found.some((entry) => entry.used)) say(`Used is another one: ${used}`);
  return 0;
}

/** The libtorch that would be loaded, or null when none can be. */
function usedRoot(): string | null {
  try {
    return findFittingLibtorch().root;
  } catch (error) {
    if (error instanceof DcganError) return null;
    throw error;
  }
}

function remove(directory: string, { remove: wanted, variant, json, quiet }: SetupFlags): number {
  const isMeant = (cached: CachedLibtorch) =>
    (wanted === true || `${cached.version}.`.startsWith(`${wanted}.`)) &&
    (variant === undefined || cached.variant === variant);
  const meant = cachedLibtorches(directory).filter(isMeant);
  if (meant.length === 0 && wanted !== true) {
    const said = `Option 'remove' is wrong: ${directory} holds no libtorch ${wanted}. To see what there is: npx dcgan-native setup --list`;
    throw new DcganError('ERR_OPTION', said, { value: wanted });
  }
  const say = (line: string) => {
    if (!json && !quiet) process.stderr.write(`${line}\n`);
  };
  for (const cached of meant) {
    if (wanted === true && !isFetched(cached)) {
      say(`${cached.directory} was not made by setup: it stays.`);
      continue;
    }
    removeCached(directory, cached);
    if (json) printJson({ type: 'removed', ...cached });
    say(`Removed ${cached.directory}`);
  }
  if (meant.length === 0) say(`${directory} holds nothing that was fetched.`);
  return 0;
}

function printJson(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
