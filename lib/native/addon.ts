import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DcganError } from '../errors.js';
import { oldSystem } from '../libtorch/inspect.js';
import { sharedLibrary } from '../libtorch/layout.js';
import { problemError } from '../libtorch/problem.js';
import type { NativeLoader } from './bindings.js';

/** The addon that Node opens, and what lies beside it. */
export interface Addon {
  readonly loader: string;
  /** The core libraries by the minor version of the libtorch that they are for. */
  readonly cores: ReadonlyMap<string, string>;
}

/** The same from `lib/native` and from `dist/native`. */
const packageRoot = join(__dirname, '..', '..');

const buildRemedy = 'In a clone run: npm ci; elsewhere install dcgan-native again.';

const coreFile = (minor: string): string => sharedLibrary(`dcgan_core-torch${minor}`);

/** Finds the addon. @throws DcganError ERR_ADDON_NOT_FOUND when it or every core is missing. */
export function findAddon(): Addon {
  const loader = findLoader();
  const [before = '', after = ''] = coreFile('*').split('*');
  const directory = dirname(loader);
  const cores = readdirSync(directory)
    .filter((name) => name.startsWith(before) && name.endsWith(after))
    .map((name): [string, string] => [name.slice(before.length, -after.length), join(directory, name)]);
  if (cores.length > 0) return { loader, cores: new Map(cores) };
  const said = `Beside ${loader} is no core library, ${coreFile('*')}. ${buildRemedy}`;
  throw new DcganError('ERR_ADDON_NOT_FOUND', said, { value: loader });
}

/** Opens the loader, which is without libtorch. @throws DcganError ERR_ADDON_NOT_FOUND, ERR_LIBTORCH_SYSTEM */
export function openLoader({ loader }: Addon): NativeLoader {
  try {
    return require(loader) as NativeLoader;
  } catch (cause) {
    const [line = ''] = (cause as Error).message.split('\n');
    const tooOld = oldSystem(line);
    if (tooOld) throw problemError(tooOld, loader, cause);
    const said = `The native addon ${loader} could not be opened: ${line.replace(/\.$/, '')}. ${buildRemedy}`;
    throw new DcganError('ERR_ADDON_NOT_FOUND', said, { value: loader, cause });
  }
}

function findLoader(): string {
  try {
    return (require('node-gyp-build') as { resolve(directory: string): string }).resolve(packageRoot);
  } catch (cause) {
    const said = `There is no native addon for ${process.platform}-${process.arch}: ${packageRoot} holds none. ${buildRemedy}`;
    throw new DcganError('ERR_ADDON_NOT_FOUND', said, { cause });
  }
}
