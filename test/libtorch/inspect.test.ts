import { join } from 'node:path';
import type { Libtorch } from '../../lib/libtorch/find';
import { explainLoadFailure } from '../../lib/libtorch/inspect';
import { sharedLibrary } from '../../lib/libtorch/layout';
import { layOutLibtorch, remove, temporaryDirectory, write } from './helpers';

const libtorch: Libtorch = { root: '/opt/libtorch', version: '2.13.0', source: 'DCGAN_LIBTORCH' };

describe('what the system says when libtorch does not load', () => {
  test.each([
    [
      'a library that is not there',
      'libgomp.so.1: cannot open shared object file: No such file or directory',
      'ERR_LIBTORCH_DEPENDENCY',
      'The libtorch in /opt/libtorch needs libgomp.so.1, which is not there: it is not whole.',
    ],
    [
      'an old glibc',
      "/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.38' not found (required by /opt/libtorch/lib/libtorch_cpu.so)",
      'ERR_LIBTORCH_SYSTEM',
      "/opt/libtorch/lib/libtorch_cpu.so needs glibc 2.38, and this system's is older.",
    ],
    [
      'an old libstdc++',
      "/usr/lib/libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by /opt/libtorch/lib/libc10.so)",
      'ERR_LIBTORCH_SYSTEM',
      "/opt/libtorch/lib/libc10.so needs libstdc++ with GLIBCXX_3.4.32, and this system's is older.",
    ],
    [
      'a library for 32 bits',
      '/opt/libtorch/lib/libtorch.so: wrong ELF class: ELFCLASS32',
      'ERR_LIBTORCH_ARCHITECTURE',
      `The libtorch in /opt/libtorch is built for another architecture than ${process.arch}.`,
    ],
    [
      'a symbol that the core misses',
      '/app/libdcgan_core-torch2.13.so: undefined symbol: _ZN2at4_ops3add4callE',
      'ERR_LIBTORCH_VERSION',
      'The libtorch in /opt/libtorch is not the 2.13.0 that its files tell: /app/libdcgan_core-torch2.13.so: undefined symbol: _ZN2at4_ops3add4callE.',
    ],
    [
      'anything else',
      '/opt/libtorch/lib/libtorch.so: file too short\nmore of it',
      'ERR_LIBTORCH_LOAD',
      'The libtorch 2.13.0 in /opt/libtorch could not be loaded: /opt/libtorch/lib/libtorch.so: file too short.',
    ],
  ])('of %s has a code and a sentence', (_, words, code, reason) => {
    const problem = explainLoadFailure(libtorch, words);
    expect(problem).toMatchObject({ code, reason });
    expect(problem.remedy).not.toBe('');
  });

  test('of a build for CUDA without its libraries names what it lacks', () => {
    const root = temporaryDirectory();
    write(join(root, 'lib', sharedLibrary('torch_cuda')));
    const words = 'libcudart.so.13: cannot open shared object file: No such file or directory';
    const { code, reason } = explainLoadFailure({ ...libtorch, root }, words);
    expect(code).toBe('ERR_LIBTORCH_DEPENDENCY');
    expect(reason).toContain("it is a build for CUDA, which needs pip's nvidia packages beside it");
    remove(root);
  });

  test.each([
    ['DCGAN_LIBTORCH', 'Set DCGAN_LIBTORCH to another one, or unset it and run: npx dcgan-native setup'],
    ['cache', 'Fetch it again: npx dcgan-native setup --force'],
    ['python', 'For one without Python run: npx dcgan-native setup'],
  ] as const)('of one from %s comes with the remedy for that place', (source, remedy) => {
    expect(explainLoadFailure({ ...libtorch, source }, 'file too short').remedy).toBe(remedy);
  });

  test('of one in the cache tells how to fetch the same build', () => {
    const root = layOutLibtorch(temporaryDirectory(), '2.14.1');
    write(join(root, 'lib', sharedLibrary('torch_cuda')));
    const { remedy } = explainLoadFailure({ root, version: '2.14.1', source: 'cache' }, 'file too short');
    expect(remedy).toBe('Fetch it again: npx dcgan-native setup --force --version 2.14.1 --variant cuda');
    remove(root);
  });
});
