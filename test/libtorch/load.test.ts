import { readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { libtorchLibrary } from '../../lib/libtorch/layout';
import { findAddon } from '../../lib/native/addon';
import { findFittingLibtorch, loadNative, servedVersions } from '../../lib/native/load';
import { probeLibtorch } from '../../lib/native/probe';
import { failure, layOutLibtorch, linkLibtorch, remove, temporaryDirectory } from './helpers';

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
    expect(await failure(loadNative)).toMatch(
      /^ERR_LIBTORCH_LOAD: The libtorch 2\.13\.0 in .* could not be loaded: .+\. Set DCGAN_/,
    );
  });

  test('fails when there is no core library for that version', async () => {
    process.env.DCGAN_LIBTORCH = layOutLibtorch(directory, '2.9.1');
    expect(await failure(loadNative)).toMatch(/^ERR_LIBTORCH_VERSION: Found libtorch 2\.9\.1 in /);
  });

  test('serves the versions whose cores lie beside the addon', () => {
    expect(servedVersions()).toContain('2.13');
  });

  test('works once a libtorch can be opened, and happens once', () => {
    const core = loadNative();
    expect(core.torchVersion()).toBe(findFittingLibtorch().version);
    expect(loadNative()).toBe(core);
  });
});

describe('a libtorch that was seen to load', () => {
  // Whether a process is started shows in whether there is one that can be: an executable that is not Node.js fails.
  const { execPath } = process;
  const withoutProcesses = (call: () => unknown) => {
    process.execPath = '/bin/false';
    try {
      return call();
    } finally {
      process.execPath = execPath;
    }
  };

  function probe(): unknown {
    const { loader, cores } = findAddon();
    const { version } = findFittingLibtorch();
    const libtorch = { root: join(directory, 'torch'), version, source: 'cache' } as const;
    const core = cores.get(version.split('.').slice(0, 2).join('.'))!;
    return probeLibtorch(loader, libtorch, [libtorchLibrary(libtorch.root), core], {
      XDG_CACHE_HOME: directory,
    });
  }

  beforeEach(() => linkLibtorch(join(directory, 'torch')));

  test('is not tried again', () => {
    expect(probe()).toBeNull();
    expect(withoutProcesses(probe)).toBeNull();
  });

  test('is tried again when one of its files has changed', () => {
    expect(probe()).toBeNull();
    writeFileSync(join(directory, 'torch', 'lib', 'another.so'), '');
    expect(withoutProcesses(probe)).toMatchObject({ code: 'ERR_LIBTORCH_LOAD' });
    expect(probe()).toBeNull();
    utimesSync(join(directory, 'torch', 'lib', 'another.so'), 1, 1);
    expect(withoutProcesses(probe)).toMatchObject({ code: 'ERR_LIBTORCH_LOAD' });
  });

  test('is tried each time when that cannot be remembered', () => {
    writeFileSync(join(directory, 'dcgan-native'), 'a file in the place of the directory');
    expect(probe()).toBeNull();
    expect(withoutProcesses(probe)).toMatchObject({ code: 'ERR_LIBTORCH_LOAD' });
  });

  test('is not remembered when it failed', () => {
    expect(withoutProcesses(probe)).toMatchObject({ code: 'ERR_LIBTORCH_LOAD' });
    expect(readdirSync(directory)).toEqual(['torch']);
  });
});
