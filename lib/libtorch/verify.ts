import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DcganError } from '../errors.js';
import type { Environment } from '../files/cache.js';
import { publishedHashes } from './published_hashes.js';

export interface VerifyOptions {
  readonly env: Environment;
  readonly signal: AbortSignal | undefined;
  /** Told what could not be compared. */
  readonly onNotice: (message: string) => void;
  /** SHA-256 by version and the rest of a file's name. Default: those that PyPI publishes. */
  readonly published?: typeof publishedHashes;
}

/** With this variable set, a wheel that is not the published one is taken: somebody's own build, for one. */
const trustVariable = 'DCGAN_TRUST_WHEELS';

/**
 * Compares wheels with the hashes that are published under their names.
 * @param wheels paths, torch's first
 * @throws DcganError ERR_SETUP for a file that is not the one of that name, unless `DCGAN_TRUST_WHEELS` is set; the signal's
 * reason
 */
export async function verifyWheels(wheels: readonly string[], options: VerifyOptions): Promise<void> {
  const { env, signal, onNotice, published = publishedHashes } = options;
  const unknown: string[] = [];
  for (const path of wheels) {
    const name = basename(path);
    const expected = publishedHash(name, published);
    if (expected === null) unknown.push(name);
    else {
      const found = await sha256OfFile(path, signal);
      if (found === expected) continue;
      const differs = `${name} is not the file that PyPI publishes under that name: its SHA-256 is ${found}, not ${expected}.`;
      if (env[trustVariable]) onNotice(`${differs} It is taken, as ${trustVariable} is set.`);
      else throw refused(differs, path);
    }
  }
  if (unknown.length > 0) onNotice(unknownText(unknown));
}

function refused(differs: string, path: string): DcganError {
  const remedy = `Find out where pip has it from (pip config list), and clear pip's cache (pip cache purge). If it is a build that you trust, set ${trustVariable}=1.`;
  return new DcganError('ERR_SETUP', `${differs} ${remedy}`, { value: path });
}

function unknownText([first, ...others]: readonly string[]): string {
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  return `What ${first}${more} must hash to is not known here: pip has compared it with what its index says, if that says anything.`;
}

/** The hash for `torch-2.14.1-cp311-….whl`, or null where none is known. */
function publishedHash(file: string, published: typeof publishedHashes): string | null {
  const [, version = '', rest = ''] = /^torch-([\d.]+)-(.+)\.whl$/.exec(file) ?? [];
  const known = Object.hasOwn(published, version) ? published[version]! : {};
  return Object.hasOwn(known, rest) ? known[rest]! : null;
}

async function sha256OfFile(path: string, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash, { signal });
  return hash.digest('hex');
}
