import { join } from 'node:path';
import { cachedLibtorch, fetchLibtorch } from './libtorch.mjs';
import { strip } from './tools.mjs';

/** How the package is built for Linux on arm64 from a Linux of another architecture. */
export const arm64 = {
  arch: 'arm64',
  /** The build folder for a minor version of libtorch, relative to the root. */
  folder: (minor) => join('build', 'prebuild', `arm64-${minor}`),
  /** For CMake; what is built for a release and what is tested are the same. */
  definitions: [
    `CMAKE_TOOLCHAIN_FILE=${join(import.meta.dirname, 'toolchain.cmake')}`,
    'CMAKE_COMPILE_WARNING_AS_ERROR=ON',
  ],
  strip,
  /** Where libtorch for it comes from, see libtorchRoots. */
  source: { found: cachedLibtorch, fetched: fetchLibtorch },
};
