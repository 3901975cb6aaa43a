import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryDirectory } from '../support/cleanup.js';
import { compilePackage } from '../support/compile_package.js';

const package_ = compilePackage(mkdtempSync(join(tmpdir(), 'dcgan-threads-')));
afterAll(() => rmSync(package_, { recursive: true }));

/** The files of a /proc and a /sys/fs/cgroup in a directory of their own. */
function layOut(files: Readonly<Record<string, string>>): string {
  const root = temporaryDirectory();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), `${text}\n`);
  }
  return root;
}

const second = '31 23 0:28 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate';
const first = '32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu,cpuacct';
const group = '/sys/fs/cgroup';
const v2 = (path: string, quotas: Readonly<Record<string, string>>, mount = second) => ({
  '/proc/self/mountinfo': `24 1 8:1 / / rw - ext4 /dev/sda1 rw\n${mount}`,
  '/proc/self/cgroup': `0::${path}`,
  ...Object.fromEntries(Object.entries(quotas).map(([at, text]) => [`${group}${at}/cpu.max`, text])),
});
const v1 = (path: string, quotas: Readonly<Record<string, string>>, mount = first) => ({
  '/proc/self/mountinfo': mount,
  '/proc/self/cgroup': `5:cpuset:/elsewhere\n4:cpu,cpuacct:${path}\n0::/`,
  ...Object.fromEntries(
    Object.entries(quotas).flatMap(([at, quota]) => [
      [`${group}/cpu${at}/cpu.cfs_quota_us`, quota],
      [`${group}/cpu${at}/cpu.cfs_period_us`, '100000'],
    ]),
  ),
});

const limited = v2('/a', { '/a': '50000 100000' });

/** What is there, the value of OMP_NUM_THREADS, and the number of threads with what decides it. */
const cases: readonly (readonly [string, Readonly<Record<string, string>>, string, string])[] = [
  ['where there are no control groups', {}, '', 'CPUs'],
  [
    'where the quota of version 2 is one CPU',
    v2('/a/b', { '/a/b': '100000 100000', '': 'max 100000' }),
    '',
    'quota',
  ],
  [
    'where a group above has the smaller quota',
    v2('/a/b', { '/a/b': 'max 1', '/a': '50000 100000' }),
    '',
    'quota',
  ],
  ['in a container that sees its own group only', v2('/', { '': '90000 100000' }), '', 'quota'],
  [
    'in a container whose mount is a part of the hierarchy',
    v2('/docker/1/x', { '/x': '90000 100000' }, second.replace('0:28 / ', '0:28 /docker/1 ')),
    '',
    'quota',
  ],
  ['where the quota is more than there is', v2('/a', { '/a': '99900000 100000' }), '', 'CPUs'],
  ['where nothing is limited in version 2', v2('/a', { '/a': 'max 100000' }), '', 'CPUs'],
  ['where the quota of version 1 is half a CPU', v1('/a', { '/a': '50000', '': '-1' }), '', 'quota'],
  ['where nothing is limited in version 1', v1('/a', { '/a': '-1', '': '-1' }), '', 'CPUs'],
  [
    'where version 1 shows a container its own group under another name',
    v1('/docker/1', { '': '100000' }, first.replace('0:29 / ', '0:29 /docker/1 ')),
    '',
    'quota',
  ],
  ['where the files are not what they should be', v2('/a/../..', { '/a': 'many' }), '', 'CPUs'],
  ['where OMP_NUM_THREADS is a number', limited, '3', '3'],
  ['where OMP_NUM_THREADS is a list', limited, '5,2', '5'],
  ['where OMP_NUM_THREADS has spaces', limited, ' 4 ', '4'],
  ['where OMP_NUM_THREADS is more than there may be', limited, '100000', '1024'],
  ['where OMP_NUM_THREADS is 0', {}, '0', 'CPUs'],
  ['where OMP_NUM_THREADS is less than 0', {}, '-2', 'CPUs'],
  ['where OMP_NUM_THREADS is no number', {}, 'many', 'CPUs'],
];

describe('the default number of threads', () => {
  let found: readonly unknown[];
  // In a process of its own: a test runner's `process.env` is not what native code sees.
  beforeAll(async () => {
    const asked = cases.map(([, files, variable]) => [layOut(files), variable]);
    const program = `console.log(JSON.stringify(${JSON.stringify(asked)}.map(([root, variable]) => {
      process.env.OMP_NUM_THREADS = variable;
      return loadNative().defaultThreads(root);
    })));`;
    found = JSON.parse(await run(program));
  });

  const cpus = Number(execFileSync('sh', ['-c', 'unset OMP_NUM_THREADS; nproc'], { encoding: 'utf8' }));
  const expected: Readonly<Record<string, unknown>> = {
    CPUs: { count: cpus, reason: 'the CPUs that this process may use' },
    quota: { count: 1, reason: 'the CPU quota of the control group' },
  };

  test.each(cases.map(([name, , , decides], i) => [name, decides, i] as const))(
    '%s is decided by %s',
    (_, decides, i) => {
      expect(found[i]).toEqual(expected[decides] ?? { count: Number(decides), reason: 'OMP_NUM_THREADS' });
    },
  );
});

/** Runs a program with the package; gives what it wrote and how it ended. */
async function run(program: string, env: NodeJS.ProcessEnv = {}, before: readonly string[] = []) {
  const index = JSON.stringify(join(package_, 'dist', 'index.js'));
  const prelude = `const { readdirSync } = require('node:fs');
    const { GanTrainer, Generator } = require(${index});
    const { loadNative } = require(${JSON.stringify(join(package_, 'dist', 'native', 'load.js'))});
    const threads = () => readdirSync('/proc/self/task').length;
    const settled = async (wanted) => { for (let i = 0; i < 200 && threads() > wanted; i++) await new Promise((r) => setTimeout(r, 50)); return threads(); };`;
  const [command = '', ...args] = [
    ...before,
    process.execPath,
    '-e',
    `${prelude}(async () => {${program}})();`,
  ];
  const child = promisify(execFile)(command, args, { env: { ...process.env, ...env }, encoding: 'utf8' });
  return child.then(({ stdout }) => stdout.trim());
}

test('on one CPU of many, a trainer takes one thread', async () => {
  const program = `
    const before = loadNative() && threads();
    const trainer = new GanTrainer({ batchSize: 4, seed: 1, device: 'cpu' });
    await trainer.generate(1);
    console.log(threads() - before, loadNative().defaultThreads().count);
    trainer.dispose();`;
  expect(await run(program, {}, ['taskset', '-c', '0'])).toBe('1 1');
});

describe('when the system refuses a thread', () => {
  let preload: string;
  beforeAll(() => {
    preload = join(package_, 'refuse.so');
    const source = join(package_, 'refuse.c');
    // The Nth thread that is made after the environment tells so, and all after it; a process may set it at any time.
    writeFileSync(
      source,
      `#define _GNU_SOURCE
       #include <dlfcn.h>
       #include <errno.h>
       #include <pthread.h>
       #include <stdlib.h>
       static int left = -1;
       int pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*f)(void *), void *x) {
         static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
         if (!real) real = dlsym(RTLD_NEXT, "pthread_create");
         const char *said = getenv("ALLOWED_THREADS");
         if (!said) { left = -1; return real(t, a, f, x); }
         if (left < 0) left = atoi(said);
         return left-- > 0 ? real(t, a, f, x) : (left = 0, EAGAIN);
       }`,
    );
    execFileSync('cc', ['-shared', '-fPIC', '-o', preload, source, '-ldl']);
  });

  const options = `{ batchSize: 4, seed: 1, device: 'cpu', threads: 4 }`;

  test.each([
    ['its own', 0],
    ['one of its team', 2],
  ])(
    '%s, a trainer rejects with ERR_THREADS, says what to do, and trains when it may',
    async (_, allowed) => {
      const program = `
      loadNative();
      await new Promise((resolve) => require('node:fs').stat('/', resolve)); // libuv's own are made
      const before = threads();
      const trainer = new GanTrainer(${options});
      process.env.ALLOWED_THREADS = '${allowed}';
      const error = await trainer.generate(1).catch((e) => e);
      console.log(error.name, error.code, /ulimit -u/.test(error.message), (await settled(before)) - before);
      delete process.env.ALLOWED_THREADS;
      console.log((await trainer.generate(1)).shape.length);
      trainer.dispose();`;
      expect(await run(program, { LD_PRELOAD: preload })).toBe('DcganError ERR_THREADS true 0\n4');
    },
  );

  test('a generator rejects with it, too', async () => {
    const program = `
      const trainer = new GanTrainer(${options});
      const path = ${JSON.stringify(join(package_, 'fresh.safetensors'))};
      await trainer.save(path);
      trainer.dispose();
      process.env.ALLOWED_THREADS = '0';
      console.log(await Generator.load(path).catch((e) => e.code));`;
    expect(await run(program, { LD_PRELOAD: preload })).toBe('ERR_THREADS');
  });
});
