import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { findLibtorch } from '../../lib/libtorch/find';

const program = join(__dirname, '..', '..', 'build', 'dcgan_core_tests');
const env = { ...process.env, LD_LIBRARY_PATH: join(findLibtorch().root, 'lib') };
const sentences = execFileSync(program, { env, encoding: 'utf8' }).trim().split('\n');

describe('native core', () => {
  test.each(sentences)('%s', (sentence) => {
    const { status, stderr, signal } = spawnSync(program, [sentence], { env, encoding: 'utf8' });
    expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: '' });
  });
});
