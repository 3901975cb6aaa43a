/** `npm run sanitize:worker`: the worker's queue and the allocator, stressed under the thread sanitizer. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const root = resolve(fileURLToPath(import.meta.url), '..', '..', '..');
const { findLibtorch } = require(join(root, 'dist', 'libtorch', 'find.js'));

const sources = [
  'scripts/sanitize/worker_stress.cpp',
  'native/binding/worker.cpp',
  'native/binding/failure.cpp',
  'native/core/caching_allocator.cpp',
  'native/core/threads.cpp',
  'native/core/cpu_quota.cpp',
];

const libtorch = findLibtorch().root;
const lib = join(libtorch, 'lib');
const include = [
  join(libtorch, 'include'),
  require('node-api-headers').include_dir,
  dirname(require.resolve('node-addon-api')),
];
const directory = mkdtempSync(join(tmpdir(), 'dcgan-sanitize-'));
try {
  const program = join(directory, 'worker_stress');
  const stubs = join(root, 'scripts', 'sanitize', 'not_called.c');
  execFileSync(process.env.CC ?? 'cc', ['-c', stubs, '-o', join(directory, 'not_called.o')]);
  execFileSync(
    process.env.CXX ?? 'c++',
    [
      ...['-std=c++20', '-O1', '-g', '-fsanitize=thread', '-fopenmp', '-DNAPI_VERSION=8'],
      '-DNODE_ADDON_API_CPP_EXCEPTIONS_ALL',
      ...include.flatMap((path) => ['-isystem', path]),
      ...sources.map((path) => join(root, path)),
      ...[
        join(directory, 'not_called.o'),
        '-Wl,--copy-dt-needed-entries',
        `-L${lib}`,
        '-ltorch_cpu',
        '-lc10',
        `-Wl,-rpath,${lib}`,
      ],
      ...['-o', program],
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const env = { ...process.env, TSAN_OPTIONS: `exitcode=66 ${process.env.TSAN_OPTIONS ?? ''}` };
  const { status, signal } = spawnSync(program, { env, stdio: 'inherit' });
  process.exitCode = signal ? 1 : status;
} finally {
  rmSync(directory, { recursive: true });
}
