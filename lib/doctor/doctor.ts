import { libtorchLibrary } from '../libtorch/layout.js';
import type { Check } from './check.js';
import { checkAddon, checkLibtorch } from './libtorch.js';
import { checkStep } from './step.js';
import { checkCache, checkWorkingDirectory } from './storage.js';
import {
  checkMemory,
  checkNode,
  checkPlatform,
  checkProcessor,
  checkSystemLibraries,
  librariesOf,
} from './system.js';

/** Looks at everything that training needs, and gives each finding as soon as it is there. */
export async function* examine(): AsyncGenerator<Check> {
  yield checkNode();
  yield checkPlatform();
  const { checks, addon } = checkAddon();
  yield* checks;
  const { checks: found, used } = addon ? checkLibtorch() : { checks: [], used: null };
  yield* checkSystemLibraries([
    ...(addon ? [addon.loader, ...addon.cores.values()] : []),
    ...(used ? librariesOf(libtorchLibrary(used.root)) : []),
  ]);
  yield* found;
  yield checkProcessor();
  yield checkMemory();
  yield checkCache();
  yield checkWorkingDirectory();
  yield* checkStep(used);
}
