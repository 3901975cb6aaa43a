import { DcganError } from '../errors.js';

/**
 * Prints the versions of this program, of the libtorch that it would load, and of Node.js. @returns the exit
 * status.
 */
export async function printVersions(): Promise<number> {
  const { version } = await import('../version.js');
  const lines = [
    `dcgan-native ${version}`,
    `libtorch ${await libtorchVersion()}`,
    `Node.js ${process.version}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}

/** Found, but not loaded: that would take longer than all the rest. */
async function libtorchVersion(): Promise<string> {
  const { findFittingLibtorch } = await import('../native/load.js');
  try {
    const { version, root } = findFittingLibtorch();
    return `${version} in ${root}`;
  } catch (error) {
    if (error instanceof DcganError) return `(none): ${error.message}`;
    throw error;
  }
}
