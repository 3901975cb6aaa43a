import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const core = join(__dirname, '..', '..', 'native', 'core');

/** What each room may use: the rooms below it, words that all share, libtorch and the standard library. */
const below = {
  kernels: ['kernels'],
  parallel: ['parallel', 'error.h'],
  ops: ['ops', 'parallel', 'kernels'],
  network: ['network', 'ops', 'parallel', 'kernels', 'error.h', 'options.h', 'profile.h'],
} as const;

/** Headers in angle brackets that are neither libtorch's nor the standard library's. */
const foreign = /^(?!ATen\/|c10\/|sys\/mman\.h$|sys\/auxv\.h$|immintrin\.h$|arm_neon\.h$)(?=.*[/.])/;

/** What processes find each other by: c10d and the system's sockets. */
const network =
  /^(torch\/csrc\/distributed\/c10d\/|(arpa\/inet|ifaddrs|net\/if|netdb|netinet\/in|sys\/socket|unistd)\.h$)/;

/** The includes of one file that lead out of what its room may use. */
function trespasses(room: keyof typeof below, file: string): string[] {
  const includes = readFileSync(join(core, room, file), 'utf8').matchAll(/^#include ["<](.+)([">])/gm);
  return [...includes].flatMap(([, path = '', end]) => {
    if (end === '>') return foreign.test(path) && !(room === 'parallel' && network.test(path)) ? [path] : [];
    const target = relative(core, join(core, room, dirname(file), path));
    return below[room].some((name) => `${target}/`.startsWith(`${name}/`)) ? [] : [target];
  });
}

describe.each(['kernels', 'parallel', 'ops', 'network'] as const)('native/core/%s', (room) => {
  const files = readdirSync(join(core, room), { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.(h|cpp)$/.test(file),
  );

  test('has headers and sources', () => {
    expect(files.filter((file) => file.endsWith('.h'))).not.toEqual([]);
    expect(files.filter((file) => file.endsWith('.cpp'))).not.toEqual([]);
  });

  test.each(files)(
    `%s includes only ${below[room].join(', ')}, libtorch and the standard library`,
    (file) => {
      expect(trespasses(room, file)).toEqual([]);
    },
  );
});
