import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pipScript } from './python.js';
import { type RunOptions, runPython } from './run_python.js';

/** A file that pip has chosen and is about to fetch. */
export interface Offer {
  /** The wheel's file name. */
  readonly file: string;
  /** Where it comes from, as pip names it: an address, a path, or for PyPI nothing but the file's name. */
  readonly from: string;
  /** Its size in bytes, to three digits when pip tells it; null when it does not. */
  readonly bytes: number | null;
}

export interface DownloadOptions extends RunOptions {
  /** pip's own options. */
  readonly flags?: readonly string[];
  /** Called once for each file, before it comes. When it gives false, pip is stopped. */
  readonly onOffer: (offer: Offer) => boolean;
  /** Where pip looks, one line for each kind of place; not called when it is only PyPI. */
  readonly onSource: (line: string) => void;
  /** The bytes of all wheels that came so far; a few times a second. */
  readonly onProgress: (bytes: number) => void;
}

/** How a download ended: with wheels in the directory, because an offer was refused, or with pip's last lines. */
export type Downloaded =
  | { readonly refused: true }
  | { readonly refused: false; readonly status: number | null; readonly errors: readonly string[] };

const progressEvery = 200;

/**
 * Runs `pip download` as the user's pip is configured. pip compares the files with the hashes of the index that they
 * come from.
 * @param requirements as pip takes them: `torch==2.13.0`
 * @param wheels the directory for the files
 * @param temporary where pip keeps what is not whole yet
 * @throws the signal's reason
 */
export async function pipDownload(
  requirements: readonly string[],
  wheels: string,
  temporary: string,
  options: DownloadOptions,
): Promise<Downloaded> {
  const { env, signal, flags = [], onOffer, onSource, onWarning, onProgress } = options;
  const refusal = new AbortController();
  const onLine = (line: string) => {
    const offer = parseOffer(line);
    if (offer && !onOffer(offer)) refusal.abort();
    else if (line.startsWith('Looking in ')) onSource(line);
  };
  const args = ['download', ...requirements, '--only-binary=:all:', '--progress-bar=off', ...flags];
  // Of wheels that were downloaded before.
  const before = bytesOfWheels(temporary);
  let most = 0;
  const timer = setInterval(() => {
    // While pip moves a file to where it belongs, it is in neither place.
    most = Math.max(most, bytesOfWheels(temporary) - before);
    onProgress(most);
  }, progressEvery);
  try {
    const stop = signal ? AbortSignal.any([signal, refusal.signal]) : refusal.signal;
    const ended = await runPython(pipScript, [...args, '-d', wheels], temporary, {
      env,
      signal: stop,
      onLine,
      onWarning,
    });
    return { refused: false, ...ended };
  } catch (error) {
    if (refusal.signal.aborted && !signal?.aborted) return { refused: true };
    throw error;
  } finally {
    clearInterval(timer);
  }
}

/** What a line of pip's output tells of a wheel, or null: "Downloading https://…/torch-2.13.0-….whl (191.8 MB)". */
export function parseOffer(line: string): Offer | null {
  const said = /^(?:Downloading|Using cached|Processing) (.+?\.whl)(?: \(([\d.]+) (\w+)\))?$/.exec(
    line.trim(),
  );
  if (!said) return null;
  const [, from = '', size, unit = ''] = said;
  const bytes = size === undefined ? sizeOf(from) : Math.round(Number(size) * (units[unit] ?? 1));
  return { file: readable(from).split(/[/\\]/).at(-1) ?? from, from, bytes };
}

/** Where a file comes from, for people: percent signs encode something in an address, and stand for themselves in a path. */
export function readable(from: string): string {
  if (!/^[a-z][a-z+.-]*:\/\//i.test(from)) return from;
  try {
    return decodeURIComponent(from);
  } catch {
    return from;
  }
}

const units: Readonly<Record<string, number>> = { kB: 1e3, MB: 1e6, GB: 1e9 };

/** The bytes of the wheels one level below a directory; too few while they cannot be looked at. */
function bytesOfWheels(temporary: string): number {
  const wheels = filesIn(temporary)
    .flatMap(filesIn)
    .filter((path) => path.endsWith('.whl'));
  return wheels.reduce((sum, path) => sum + (sizeOf(path) ?? 0), 0);
}

function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory).map((name) => join(directory, name));
  } catch {
    // It is a file, or pip has removed it meanwhile.
    return [];
  }
}

function sizeOf(path: string): number | null {
  try {
    return statSync(path).size;
  } catch {
    return null;
  }
}
