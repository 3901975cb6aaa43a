import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { publishedHashes } from '../../lib/libtorch/published_hashes';
import { type VerifyOptions, verifyWheels } from '../../lib/libtorch/verify';
import { failure, remove, temporaryDirectory, write } from './helpers';

let directory: string;
beforeEach(() => {
  directory = temporaryDirectory();
});
afterEach(() => remove(directory));

const notices: string[] = [];
beforeEach(() => notices.splice(0));

const options: VerifyOptions = { env: {}, signal: undefined, onNotice: (message) => notices.push(message) };
const tag = 'cp311-cp311-manylinux_2_28_x86_64';
const wheel = (name: string, content = 'a wheel') => write(join(directory, name), content);

describe('a wheel', () => {
  test('that is the published one is taken without a word', async () => {
    const path = wheel(`torch-2.14.1-${tag}.whl`);
    const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
    await verifyWheels([path], { ...options, published: { '2.14.1': { [tag]: sha256 } } });
    expect(notices).toEqual([]);
  });

  test('that is not the published one of its name is refused, with both hashes and what to do', async () => {
    const path = wheel(`torch-2.14.1-${tag}.whl`);
    const { [tag]: published } = publishedHashes['2.14.1']!;
    const said = await failure(() => verifyWheels([path], options));
    expect(said).toMatch(/^ERR_SETUP: torch-2\.14\.1-cp311-\S+ is not the file that PyPI publishes under/);
    expect(said).toContain(`its SHA-256 is 69f51477f05c46bfa5ff0027a1fcde274695311a38adfb85611ffeb93c8b146b`);
    expect(said).toContain(`not ${published}. Find out where pip has it from`);
    expect(said).toMatch(/If it is a build that you trust, set DCGAN_TRUST_WHEELS=1\.$/);
  });

  test('that is not the published one is taken when the user trusts it, and that is said', async () => {
    const path = wheel(`torch-2.14.1-${tag}.whl`);
    await verifyWheels([path], { ...options, env: { DCGAN_TRUST_WHEELS: '1' } });
    expect(notices).toEqual([
      expect.stringMatching(/ is not the file that .* It is taken, as DCGAN_TRUST_WHEELS is set\.$/),
    ]);
  });

  test.each([
    `torch-2.13.0+cpu-${tag}.whl`,
    `torch-2.99.0-${tag}.whl`,
    'torch-2.14.1-py3-none-any.whl',
    'torch-2.14.1-constructor.whl',
    'nvidia_nccl_cu13-2.1-py3-none-any.whl',
  ])('whose hash is not known is taken, and that is said: %s', async (name) => {
    const path = wheel(name);
    await verifyWheels([path], options);
    expect(notices).toEqual([
      expect.stringContaining(`What ${basename(path)} must hash to is not known here`),
    ]);
  });
});

test('of several wheels without a known hash one sentence is said', async () => {
  await verifyWheels([wheel('a.whl'), wheel('b.whl'), wheel('c.whl')], options);
  expect(notices).toEqual([expect.stringContaining('What a.whl and 2 more must hash to')]);
});

test('published hashes are SHA-256, of the platforms of each version, and no two are alike', () => {
  const all = Object.values(publishedHashes).flatMap((version) => Object.entries(version));
  expect(all.filter(([, hash]) => !/^[0-9a-f]{64}$/.test(hash))).toEqual([]);
  expect(new Set(all.map(([, hash]) => hash)).size).toBe(all.length);
  for (const version of Object.values(publishedHashes)) expect(version).toHaveProperty([tag]);
});
