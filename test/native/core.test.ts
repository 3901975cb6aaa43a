import { execFileSync, spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { findLibtorch } from '../../lib/libtorch/find';
import { loadNative } from '../../lib/native/load';

// Here and not before jest starts: whoever runs other tests does not wait for it.
execFileSync(process.execPath, [resolve('scripts/build/tests.mjs')], { stdio: 'inherit' });

const env = { ...process.env, LD_LIBRARY_PATH: join(findLibtorch().root, 'lib') };
const build = resolve('build');
const best = join(build, 'dcgan_core_tests');

/** The tests once more, compiled for one lesser vector unit: those that this CPU can run. */
const lesser = { avx512: ['AVX2', 'PLAIN'], avx2: ['PLAIN'] }[loadNative().vectorUnit()] ?? [];

const output = (program: string, ...args: string[]) =>
  execFileSync(program, args, { env, encoding: 'utf8' }).trim().split('\n');

function expectToHold(program: string, sentence: string): void {
  const { status, stderr, signal } = spawnSync(program, [sentence], { env, encoding: 'utf8' });
  expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: '' });
}

describe('native core', () => {
  test.each(output(best))('%s', (sentence) => expectToHold(best, sentence));
});

for (const unit of lesser) {
  describe(`native core on ${unit}`, () => {
    const program = join(build, `dcgan_core_tests_${unit}`);

    // What libtorch computes in float64 is the same on all of them.
    const own = output(program).filter((sentence) => !sentence.includes('in float64'));

    test.each(own)('%s', (sentence) => expectToHold(program, sentence));

    test('draws the same masks, noise and weights as on every other vector unit', () => {
      expect(output(program, '--digests')).toEqual(output(best, '--digests'));
    });
  });
}
