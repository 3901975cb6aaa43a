import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Environment } from '../../lib/files/cache';
import { sharedLibrary } from '../../lib/libtorch/layout';
import { versionHeader, write } from './helpers';

/** Wheels in a directory, and an environment in which pip looks there and nowhere else. */
export interface Offers {
  readonly env: Environment;
  /** Lays a wheel where pip looks, with a few small files. @returns its path */
  readonly offer: (name: string, version: string, files: Record<string, string>, metadata?: string) => string;
  /** The same of a wheel that pip takes for torch's. */
  readonly offerTorch: (version?: string, files?: Record<string, string>, metadata?: string) => string;
}

export const library = (name: string) => `torch/lib/${sharedLibrary(name)}`;

const zipScript = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w') as wheel:
    for path, content in zip(sys.argv[2::2], sys.argv[3::2]):
        wheel.writestr(path, content)`;

/** @param wheels name of the directory in `directory` that holds them */
export function offersIn(directory: string, wheels = 'wheels'): Offers {
  const pip = {
    PIP_CONFIG_FILE: '/dev/null',
    PIP_NO_INDEX: '1',
    PIP_FIND_LINKS: join(directory, wheels),
  };
  const env = {
    PATH: process.env.PATH,
    HOME: directory,
    XDG_CACHE_HOME: join(directory, 'cache'),
    ...pip,
  };
  const offer: Offers['offer'] = (name, version, files, metadata = '') => {
    const all: Record<string, string> = {
      ...files,
      [`${name}-${version}.dist-info/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n${metadata}`,
      [`${name}-${version}.dist-info/WHEEL`]:
        'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
      [`${name}-${version}.dist-info/RECORD`]: '',
    };
    const wheel = write(join(directory, wheels, `${name}-${version}-py3-none-any.whl`));
    execFileSync('python3', ['-c', zipScript, wheel, ...Object.entries(all).flat()]);
    return wheel;
  };
  const offerTorch: Offers['offerTorch'] = (version = '2.13.0', files = {}, metadata = '') => {
    const [said = ''] = version.split('+');
    const content = {
      [library('torch')]: 'libtorch',
      [library('torch_cpu')]: 'libtorch_cpu',
      'torch/include/torch/headeronly/version.h': versionHeader(said),
      'torch/share/cmake/Torch/TorchConfig.cmake': '#',
      'torch/nn/__init__.py': 'not for C++',
      ...files,
    };
    return offer('torch', version, content, metadata);
  };
  return { env, offer, offerTorch };
}
