import { join } from 'node:path';
import { sharedLibrary } from '../../lib/libtorch/layout';
import { findFittingLibtorch, loadNative } from '../../lib/native/load';
import { failure, layOutLibtorch, remove, temporaryDirectory, write } from './helpers';

const named = process.env.DCGAN_LIBTORCH;
let directory: string;
beforeEach(() => {
  directory = temporaryDirectory();
});
afterEach(() => {
  if (named === undefined) delete process.env.DCGAN_LIBTORCH;
  else process.env.DCGAN_LIBTORCH = named;
  remove(directory);
});

// In this order: what was loaded stays loaded.
describe('loading the native core', () => {
  test('fails with the reason of the system when libtorch cannot be opened', async () => {
    process.env.DCGAN_LIBTORCH = layOutLibtorch(directory);
    const said = await failure(loadNative);
    expect(said).toMatch(
      /^ERR_LIBTORCH_LOAD: libtorch in .* could not be loaded: .*file too short\. Set DCGAN_/,
    );
  });

  test('says of a build for CUDA what it lacks', async () => {
    process.env.DCGAN_LIBTORCH = layOutLibtorch(directory);
    write(join(directory, 'lib', sharedLibrary('torch_cuda')));
    expect(await failure(loadNative)).toContain(
      "It is a build for CUDA, which needs pip's nvidia packages beside it.",
    );
  });

  test('fails when there is no core library for that version', async () => {
    process.env.DCGAN_LIBTORCH = layOutLibtorch(directory, '2.9.1');
    expect(await failure(loadNative)).toMatch(/^ERR_LIBTORCH_VERSION: Found libtorch 2\.9\.1 in /);
  });

  test('works once a libtorch can be opened, and happens once', () => {
    const core = loadNative();
    expect(core.torchVersion()).toBe(findFittingLibtorch().version);
    expect(loadNative()).toBe(core);
  });
});
