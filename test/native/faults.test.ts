import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { compilePackage } from '../support/compile_package.js';

const package_ = compilePackage(mkdtempSync(join(tmpdir(), 'dcgan-faults-')));
afterAll(() => rmSync(package_, { recursive: true }));

// `npm run faults:native` tries every call.
test.each([
  ['pthread_create', 1],
  ['aligned_alloc', 19],
  ['malloc', 997],
])(
  'a call of %s that fails is a rejection with the right code, and afterwards everything works; every %dth call',
  (kind, every) => {
    const program = resolve('scripts', 'faults', 'native', 'faults.mjs');
    const args = ['--kinds', kind, '--every', String(every), '--index', join(package_, 'dist', 'index.js')];
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
    expect({ stdout, stderr, status }).toMatchObject({ status: 0, stderr: '' });
    const lines = stdout.trim().split('\n');
    expect(lines).toEqual([
      // A single aligned_alloc that fails is tried again once what is unused was given back.
      expect.stringMatching(/once: [1-9]\d* calls failed, \d+ told the caller, 0 went wrong$/),
      expect.stringMatching(/for good: [1-9]\d* calls failed, [1-9]\d* told the caller, 0 went wrong$/),
    ]);
  },
  600_000,
);
