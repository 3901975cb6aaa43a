import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const core = join(__dirname, '..', '..', 'native', 'core');

/** What each room may use: the rooms below it, libtorch and the standard library. */
const below = { kernels: ['kernels'], ops: ['ops', 'kernels'] } as const;

/** Headers in angle brackets that are neither libtorch's nor the standard library's. */
const foreign = /^(?!ATen\/|c10\/|sys\/mman\.h$|immintrin\.h$)(?=.*[/.])/;

/** The includes of one file that lead out of what its room may use. */
function trespasses(room: keyof typeof below, file: string): string[] {
  const includes = readFileSync(join(core, room, file), 'utf8').matchAll(/^#include ["<](.+)([">])/gm);
  return [...includes].flatMap(([, path = '', end]) => {
    if (end === '>') return foreign.test(path) ? [path] : [];
    const target = relative(core, join(core, room, path));
    return below[room].some((name) => target.startsWith(`${name}/`)) ? [] : [target];
  });
}

describe.each(['kernels', 'ops'] as const)('native/core/%s', (room) => {
  const files = readdirSync(join(core, room));

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
