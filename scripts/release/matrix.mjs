/**
 * npm run test:package [-- --libtorch DIRECTORY … --fetch --tarball FILE --only TEXT --rootfs DIRECTORY --arm64]: installs the
 * tarball as other people will, and uses it from every kind of program, with a `PATH` that holds node, npm and sh only. It
 * takes some minutes and npm's registry. The last line is `N passed, N failed`.
 */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runOnArm64 } from '../arm64/node.mjs';
import { arm64 } from '../arm64/target.mjs';
import { emulator, requireTools } from '../arm64/tools.mjs';
import { lastLine } from '../process/run.mjs';
import { barePath, Consumer, runInside } from './consumer.mjs';
import { libtorchRoots } from './libtorch_roots.mjs';
import { pack } from './pack.mjs';

const require = createRequire(import.meta.url);
const root = resolve(import.meta.dirname, '..', '..');
const { values } = parseArgs({
  options: {
    libtorch: { type: 'string', multiple: true, default: [] },
    fetch: { type: 'boolean' },
    tarball: { type: 'string' },
    only: { type: 'string', default: '' },
    rootfs: { type: 'string' },
    arm64: { type: 'boolean' },
  },
});

const roots = await libtorchRoots(values.libtorch, { fetch: values.fetch }).catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
const [[oldest, libtorch]] = roots;
const temporary = mkdtempSync(join(tmpdir(), 'dcgan-package-'));
const tarball = values.tarball ? resolve(values.tarball) : pack(root, temporary).path;
const env = {
  PATH: barePath(join(temporary, 'bin')),
  HOME: process.env.HOME,
  XDG_CACHE_HOME: join(temporary, 'no-cache'),
  DCGAN_LIBTORCH: libtorch,
};
const checkpoint = join(temporary, 'a.safetensors');

const consumers = new Map();

/** Makes a consumer when the first case needs it. */
function consumer(name, install, directory = join(temporary, name)) {
  if (!consumers.has(name)) {
    const made = Consumer.make(directory, env);
    install(made);
    consumers.set(name, made);
  }
  return consumers.get(name);
}

const developed = (name) => `${name}@${require('../../package.json').devDependencies[name]}`;
const plain = () =>
  consumer('plain', (made) =>
    made.install([tarball, ...['typescript', '@types/node', 'jest'].map(developed)]),
  );

/** What two steps of esm.mjs give: every other program must see the same. */
let reference = null;
function expected() {
  reference ??= plain().program('esm.mjs', [checkpoint]);
  return reference;
}

/** Compares losses of another libtorch, or on another CPU, with these. */
function expectLosses(losses) {
  // Of the first step: the second one starts from weights that differ by roundings.
  const difference = [0, 1].map((i) => Math.abs(losses[i] - expected().losses[i]));
  process.stdout.write(`  ${losses.slice(0, 2)} and ${expected().losses.slice(0, 2)}\n`);
  assert.ok(Math.max(...difference) <= 1e-5, `they differ by ${difference}`);
}

/** Compiles typed.ts with `compilerOptions` into a directory of that name, and runs it. */
function typed(name, compilerOptions) {
  const { directory } = plain();
  const options = { target: 'es2022', strict: true, types: ['node'], outDir: name, ...compilerOptions };
  plain().write(`tsconfig.${name}.json`, JSON.stringify({ compilerOptions: options, files: ['typed.ts'] }));
  plain().run('node', [plain().bin('typescript/bin/tsc'), '-p', join(directory, `tsconfig.${name}.json`)]);
  return plain().program(join(name, 'typed.js'), [checkpoint]);
}

/** A cache directory in which the libtorch in `root` lies as `setup` leaves it: the variable for it, and which build it is. */
function cacheWith(root) {
  const { cachedAt } = require('../../dist/libtorch/cache.js');
  const { packageCache } = require('../../dist/files/cache.js');
  const { isCuda, readVersion } = require('../../dist/libtorch/layout.js');
  const version = readVersion(root);
  const variant = isCuda(root) ? 'cuda' : 'cpu';
  const variables = { DCGAN_LIBTORCH: '', XDG_CACHE_HOME: join(temporary, `cache-${version}`) };
  const caches = packageCache(variables);
  mkdirSync(caches, { recursive: true });
  // A build for CUDA looks for NVIDIA's libraries beside itself.
  symlinkSync(variant === 'cuda' ? dirname(root) : root, cachedAt(caches, version, variant).directory);
  return { variables, variant };
}

const cases = {
  'ESM trains two steps and generates': () => {
    assert.equal(expected().losses.length, 4);
    assert.deepEqual(expected().shape, [4, 28, 28, 1]);
  },
  'CommonJS does the same': () => assert.deepEqual(plain().program('commonjs.cjs', [checkpoint]), expected()),
  'TypeScript with moduleResolution node16 does the same': () =>
    assert.deepEqual(typed('node16', { module: 'node16', moduleResolution: 'node16' }), expected()),
  'TypeScript with moduleResolution bundler does the same': () =>
    assert.deepEqual(typed('bundler', { module: 'esnext', moduleResolution: 'bundler' }), expected()),
  'a worker thread does the same': () =>
    assert.deepEqual(plain().program('worker.mjs', [checkpoint]), expected()),
  'jest runs it': () => {
    plain().write('jest.config.json', JSON.stringify({ testMatch: ['**/consumer.test.cjs'] }));
    plain().run('node', [plain().bin('jest/bin/jest.js')]);
  },
  'the command line draws a picture': () => {
    expected();
    const picture = join(temporary, 'drawn.png');
    plain().run('node', [
      plain().bin('dcgan-native/bin/dcgan-native.js'),
      'generate',
      checkpoint,
      '--out',
      picture,
    ]);
    assert.equal(readFileSync(picture).subarray(1, 4).toString(), 'PNG');
  },
  'an installation with install scripts does the same': () => {
    const made = consumer('scripts', (fresh) => fresh.install([tarball], []));
    assert.deepEqual(made.program('esm.mjs', [checkpoint]), expected());
  },
  'pnpm installs it': () => {
    const made = consumer('pnpm', (fresh) => {
      const tools = Consumer.make(join(temporary, 'tools'), env);
      tools.install(['pnpm@10']);
      const store = ['--store-dir', join(temporary, 'store')];
      fresh.run('node', [tools.bin('pnpm/bin/pnpm.cjs'), 'add', '--ignore-scripts', ...store, tarball]);
    });
    assert.deepEqual(made.program('esm.mjs', [checkpoint]), expected());
  },
  'paths with spaces and letters of other alphabets do': () => {
    const strange = join(temporary, 'mes données 数字 №1');
    const made = consumer('strange', (fresh) => fresh.install([tarball]), join(strange, 'projet é'));
    const linked = join(strange, 'libtorch ü');
    symlinkSync(libtorch, linked);
    const own = join(strange, 'point de contrôle.safetensors');
    assert.deepEqual(made.program('esm.mjs', [own], { DCGAN_LIBTORCH: linked }), expected());
  },
};

for (const [minor, other] of roots) {
  cases[`libtorch ${minor} is found in the cache, where setup leaves it`] = () => {
    const { variables, variant } = cacheWith(other);
    const program = plain().bin('dcgan-native/bin/dcgan-native.js');
    plain().run('node', [program, 'setup', '--version', minor, '--variant', variant], variables);
    const { losses } = plain().program('esm.mjs', [join(temporary, 'cached.safetensors')], variables);
    assert.equal(losses.length, 4);
  };
  if (minor === oldest) continue;
  const path = join(temporary, `${minor}.safetensors`);
  cases[`libtorch ${minor} gives the losses of ${oldest}`] = () => {
    expectLosses(plain().program('esm.mjs', [path], { DCGAN_LIBTORCH: other }).losses);
  };
  cases[`a checkpoint of libtorch ${minor} opens on ${oldest}, and the other way round`] = () => {
    expected();
    plain().program('esm.mjs', [path], { DCGAN_LIBTORCH: other });
    for (const written of [path, checkpoint]) {
      const [a, b] = [libtorch, other].map((DCGAN_LIBTORCH) =>
        plain().program('continue.mjs', [written], { DCGAN_LIBTORCH }),
      );
      const difference = Math.max(...a.pixels.map((pixel, i) => Math.abs(pixel - b.pixels[i])));
      assert.deepEqual([a.step, b.step], [3, 3]);
      assert.ok(difference <= 1e-5, `the images differ by ${difference}`);
    }
  };
}

cases['the digits server passes its tests'] = () => {
  const directory = join(temporary, 'digits-server');
  cpSync(join(root, 'examples', 'digits-server'), directory, {
    recursive: true,
    filter: (path) => !/node_modules|dist$/.test(path),
  });
  const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  manifest.dependencies['dcgan-native'] = `file:${tarball}`;
  writeFileSync(join(directory, 'package.json'), JSON.stringify(manifest));
  const example = new Consumer(directory, env);
  example.install();
  process.stdout.write(example.run('npm', ['test']).replace(/^(?!.*event loop stood).*\n/gm, ''));
};

if (values.rootfs) {
  cases[`it starts in ${values.rootfs}`] = () => {
    const printed = runInside(values.rootfs, plain(), libtorch, 'esm.mjs');
    assert.deepEqual(JSON.parse(printed), expected());
  };
}

if (values.arm64) {
  cases['on arm64 it trains what it trains here, under QEMU'] = () => {
    requireTools(emulator);
    const foreign = arm64.source.found(oldest);
    assert.ok(foreign, `There is no libtorch ${oldest} for arm64, which npm run test:arm64 fetches.`);
    // npm and QEMU are wanted there.
    const made = Consumer.make(join(temporary, 'arm64'), { ...env, PATH: process.env.PATH });
    for (const printed of runOnArm64(made, tarball, foreign, ['esm.mjs', checkpoint]))
      expectLosses(JSON.parse(lastLine(printed)).losses);
  };
}

let passed = 0;
let failed = 0;
try {
  for (const [name, run] of Object.entries(cases)) {
    if (!name.includes(values.only)) continue;
    try {
      run();
      passed++;
      process.stdout.write(`ok: ${name}\n`);
    } catch (error) {
      failed++;
      process.stdout.write(`FAILED: ${name}\n  ${error.message.replaceAll('\n', '\n  ')}\n`);
    }
  }
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
if (failed > 0) process.exitCode = 1;
