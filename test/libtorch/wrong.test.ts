import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Check } from '../../lib/doctor/check';
import { findAddon } from '../../lib/native/addon';
import { compilePackage } from '../support/compile_package';
import { elfHeader, linkLibtorch, remove, replace, temporaryDirectory, write } from './helpers';

const root = temporaryDirectory();
afterAll(() => remove(root));

let program: string;
beforeAll(() => {
  program = compilePackage(join(root, 'package'));
  addCoreOfOtherVersion(program);
});

/** Gives a package a core for a version that there is not, which is the core of another. */
function addCoreOfOtherVersion(directory: string): void {
  const { loader, cores } = findAddon();
  const release = join(directory, 'build', 'Release');
  rmSync(join(directory, 'build'));
  mkdirSync(release, { recursive: true });
  for (const name of readdirSync(dirname(loader)))
    symlinkSync(join(dirname(loader), name), join(release, name));
  const core = cores.get('2.13')!;
  symlinkSync(core, join(release, core.split('/').at(-1)!.replace('2.13', '2.99')));
}

type Change = (libtorch: string) => void;

const changeIn =
  (name: string, change: (content: Buffer) => Buffer | string): Change =>
  (libtorch) => {
    const path = join(libtorch, 'lib', name);
    replace(path, change(readFileSync(path)));
  };

/** Puts other bytes in the place of the first that are found. */
function overwrite(content: Buffer, from: string, to: string): Buffer {
  content.write(to, content.indexOf(from), 'latin1');
  return content;
}

const wrong: readonly (readonly [string, Change | null, string, RegExp])[] = [
  ['none at all', null, 'ERR_LIBTORCH_NOT_FOUND', /not found/],
  [
    'an empty directory',
    (to) => rmSync(join(to, 'lib'), { recursive: true }),
    'ERR_LIBTORCH_NOT_FOUND',
    /which holds no lib\/libtorch\.so/,
  ],
  [
    'a text file named libtorch.so',
    changeIn('libtorch.so', () => 'text'),
    'ERR_LIBTORCH_LOAD',
    /libtorch\.so is not a shared library/,
  ],
  [
    'version 2.12',
    (to) => write(join(to, 'build-version'), '2.12.0'),
    'ERR_LIBTORCH_VERSION',
    /Found libtorch 2\.12\.0 in .* serves .*2\.13/,
  ],
  [
    'files that tell another version than it has',
    (to) => write(join(to, 'build-version'), '2.99.0'),
    'ERR_LIBTORCH_VERSION',
    /is not the 2\.99\.0 that its files tell: it says of itself that it is 2\.13/,
  ],
  [
    'no libc10.so',
    (to) => rmSync(join(to, 'lib', 'libc10.so')),
    'ERR_LIBTORCH_DEPENDENCY',
    /needs libc10\.so, which is not there/,
  ],
  [
    'another architecture',
    changeIn('libtorch.so', () => elfHeader(process.arch === 'x64' ? 'arm64' : 'x64')),
    'ERR_LIBTORCH_ARCHITECTURE',
    /is built for (arm64|x64), but this Node\.js is for/,
  ],
  [
    'a need for a glibc that is newer',
    changeIn('libc10.so', (content) => overwrite(content, 'GLIBC_2.14', 'GLIBC_9.99')),
    'ERR_LIBTORCH_SYSTEM',
    /libc10\.so needs glibc 9\.99, and this system's is older/,
  ],
  [
    'a libtorch_cpu.so that is cut short',
    changeIn('libtorch_cpu.so', (content) => content.subarray(0, content.length / 4)),
    'ERR_LIBTORCH_LOAD',
    /is damaged: it crashes when it is loaded|could not be loaded/,
  ],
];

const fitScript = `
const { GanTrainer } = require(process.argv[1]);
new GanTrainer({ threads: 1 }).fit(1, { steps: 1 }).then(
  () => console.log('{}'),
  ({ code, message }) => console.log(JSON.stringify({ code, message })),
).then(() => setTimeout(() => console.log('alive'), 50));`;

function run(args: readonly string[], libtorch: string | null): { status: number | null; stdout: string } {
  const env: NodeJS.ProcessEnv = { PATH: dirname(process.execPath), XDG_CACHE_HOME: join(root, 'cache') };
  if (libtorch === null) env.PATH = root;
  else env.DCGAN_LIBTORCH = libtorch;
  return spawnSync(process.execPath, args, {
    env,
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

describe.each(wrong)('a libtorch with %s', (what, change, code, sentence) => {
  let libtorch: string | null = null;
  beforeAll(() => {
    if (change === null) return;
    libtorch = linkLibtorch(join(root, what.replaceAll(' ', '-')));
    change(libtorch);
  });

  test(`is ${code} for fit, with what to do; and the process lives on`, () => {
    const { status, stdout } = run(['-e', fitScript, join(program, 'dist', 'index.js')], libtorch);
    const [line = '', alive] = stdout.trim().split('\n');
    const error = JSON.parse(line) as { code: string; message: string };
    expect(error.code).toBe(code);
    expect(error.message).toMatch(sentence);
    expect(error.message).toMatch(/npx dcgan-native setup|Use a newer distribution/);
    expect([alive, status]).toEqual(['alive', 0]);
  });

  test(`is ${code} for doctor, with what to do; and the status is 1`, () => {
    const script = `require(${JSON.stringify(join(program, 'dist/cli/main.js'))}).main(['doctor', '--json']).then((code) => { process.exitCode = code; })`;
    const { status, stdout } = run(['-e', script], libtorch);
    const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: Check[] };
    const failed = checks.filter(({ verdict }) => verdict === 'failed');
    expect(failed).toEqual([
      {
        name: expect.stringMatching(/^libtorch/),
        verdict: 'failed',
        code,
        detail: expect.stringMatching(sentence),
        remedy: expect.any(String),
      },
    ]);
    expect([ok, status]).toEqual([false, 1]);
  });
});
