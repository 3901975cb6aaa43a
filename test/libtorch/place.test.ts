import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { type Environment, packageCache } from '../../lib/files/cache';
import { cachedAt, defaultLibtorch } from '../../lib/libtorch/cache';
import { type FetchOptions, fetchLibtorch } from '../../lib/libtorch/fetch';
import { isLibtorch, sharedLibrary } from '../../lib/libtorch/layout';
import { removeCached } from '../../lib/libtorch/place';
import { failure, layOutLibtorch, remove, temporaryDirectory, write } from './helpers';
import { offersIn } from './offers';

import fs = require('node:fs');

let directory: string;
let env: Environment;
beforeEach(() => {
  directory = temporaryDirectory();
  const offers = offersIn(directory);
  ({ env } = offers);
  offers.offerTorch();
});
afterEach(() => {
  jest.restoreAllMocks();
  remove(directory);
});

const fetch = (options: FetchOptions = {}) =>
  fetchLibtorch({ env, space: 1e6, onEvent: () => undefined, ...options });
const caches = () => packageCache(env);
const place = () => cachedAt(caches(), '2.13.0', 'cpu');
const contentOf = (root: string) => readFileSync(join(root, 'lib', sharedLibrary('torch')), 'latin1');

/** Has the system refuse the renames whose paths `isMeant` tells. */
function refuseRenames(isMeant: (from: string, to: string) => boolean): void {
  const rename = fs.renameSync;
  jest.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
    if (isMeant(String(from), String(to))) throw Object.assign(new Error('refused'), { code: 'EIO' });
    rename(from, to);
  });
}

describe('a fetch that cannot put its libtorch into place', () => {
  test('leaves the one that was there', async () => {
    const root = layOutLibtorch(defaultLibtorch(env));
    refuseRenames((from, to) => from.includes('unpacked') && to === root);
    expect(await failure(() => fetch({ force: true }))).toMatch(
      /^ERR_SETUP: libtorch could not be put into \S+ \(EIO\), where the one from before is again: /,
    );
    expect(contentOf(root)).toMatch(/^\x7fELF/);
    expect(readdirSync(caches())).toEqual(['libtorch-2.13.0']);
  });

  test('keeps the one that was there where it can neither go back, and says where', async () => {
    const root = layOutLibtorch(defaultLibtorch(env));
    refuseRenames((_, to) => to === root);
    const said = await failure(() => fetch({ force: true }));
    const [, kept = ''] = /and the one from before is in (\S+libtorch-2\.13\.0): /.exec(said) ?? [];
    expect(contentOf(kept)).toMatch(/^\x7fELF/);
  });

  test('leaves the one that was there when that cannot be set aside', async () => {
    const root = layOutLibtorch(defaultLibtorch(env));
    refuseRenames((from) => from === root);
    expect(await failure(() => fetch({ force: true }))).toMatch(/^ERR_SETUP: .*EIO/);
    expect(contentOf(root)).toMatch(/^\x7fELF/);
  });

  test('was killed between two renames: the next one puts back what was there', async () => {
    const killed = join(caches(), '.fetch-killed');
    layOutLibtorch(join(killed, 'libtorch-2.12.0'), '2.12.0');
    utimesSync(killed, 0, 0);
    await fetch();
    expect(readdirSync(caches()).sort()).toEqual(['libtorch-2.12.0', 'libtorch-2.13.0']);
  });
});

describe("somebody's own directory in the place of a libtorch", () => {
  const own: readonly (readonly [string, () => void])[] = [
    ['with sources', () => write(join(place().directory, 'main.cpp'), 'mine')],
    ['with a libtorch and more', () => write(join(layOutLibtorch(place().directory), 'mine.txt'), 'mine')],
    [
      'that is a link',
      () => {
        mkdirSync(caches(), { recursive: true });
        symlinkSync(layOutLibtorch(join(directory, 'opt')), place().directory);
      },
    ],
    ['with half a libtorch', () => write(join(place().directory, 'lib', sharedLibrary('torch')), 'mine')],
  ];

  test.each(own)('%s is not replaced, and is found out before the download', async (_, layOut) => {
    layOut();
    const before = readdirSync(place().directory, { recursive: true });
    const events: string[] = [];
    const said = await failure(() => fetch({ force: true, onEvent: ({ type }) => events.push(type) }));
    expect(said).toMatch(/^ERR_SETUP: \S+ is in the way, and setup has not made it: move it away/);
    expect([events, readdirSync(place().directory, { recursive: true })]).toEqual([[], before]);
  });

  test.each(own)('%s is not removed', async (_, layOut) => {
    layOut();
    const before = readdirSync(place().directory, { recursive: true });
    expect(await failure(() => removeCached(caches(), place()))).toMatch(
      /^ERR_SETUP: \S+ was not made by setup/,
    );
    expect(readdirSync(place().directory, { recursive: true })).toEqual(before);
  });

  test('makes way when it is empty', async () => {
    mkdirSync(place().directory, { recursive: true });
    expect(isLibtorch(await fetch())).toBe(true);
  });
});

describe('what a fetch has made', () => {
  test('can be removed although files were deleted from it', async () => {
    const root = await fetch();
    rmSync(join(root, 'lib'), { recursive: true });
    removeCached(caches(), place());
    expect(readdirSync(caches())).toEqual([]);
  });

  test('before there were marks can be used, replaced and removed', async () => {
    const root = layOutLibtorch(defaultLibtorch(env));
    await fetch();
    expect(contentOf(root)).toMatch(/^\x7fELF/);
    await fetch({ force: true });
    expect(contentOf(root)).toBe('libtorch');
    remove(root);
    layOutLibtorch(root);
    removeCached(caches(), place());
    expect(readdirSync(caches())).toEqual([]);
  });
});
