import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { temporaryDirectory } from '../support/cleanup.js';

const library = pathToFileURL(resolve('scripts/build/native.mjs')).href;

/** Runs a program that imports what builds native code as `build`, its stderr no terminal. */
function program(text: string): { status: number | null; stdout: string; stderr: string } {
  const args = ['--input-type=module', '-e', `import * as build from '${library}';\n${text}`];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return { status, stdout, stderr };
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** A project of eight small libraries. */
function project(source: string): string {
  const root = temporaryDirectory();
  write(join(root, 'package.json'), JSON.stringify({ name: 'small', binary: { napi_versions: [8] } }));
  const files = Array.from({ length: 8 }, (_, i) => `file${i}.cpp`);
  for (const file of files) write(join(root, file), source);
  const [cmake, target] = ['cmake_minimum_required(VERSION 3.21)', 'project(small LANGUAGES CXX)'];
  write(join(root, 'CMakeLists.txt'), `${cmake}\n${target}\nadd_library(small OBJECT ${files.join(' ')})\n`);
  return root;
}

function build(root: string): { status: number | null; lines: string[] } {
  const job = JSON.stringify({ what: 'Building it', targets: ['small'] });
  const { status, stdout, stderr } = program(
    `await build.buildNative(${JSON.stringify(root)}, '/none', ${job}).catch((error) => {
      console.error(error.message);
      process.exitCode = 1;
    });`,
  );
  expect(stdout).toBe('');
  return { status, lines: stderr.trim().split('\n') };
}

describe('a native build', () => {
  test('says in a few lines how far it is, where it has no terminal', () => {
    const { status, lines } = build(project('static int nothing;\n'));
    expect(status).toBe(0);
    expect(lines.length).toBeLessThanOrEqual(5);
    for (const line of lines) expect(line).toMatch(/^Building it: (\d+ of 8|\d+ %)$/);
  });

  test('shows what the compiler said when it fails', () => {
    const { status, lines } = build(project('int broken = nothing_of_that_name;\n'));
    expect(status).toBe(1);
    expect(lines.join('\n')).toMatch(/error: .*nothing_of_that_name/);
    expect(lines.at(-1)).toBe('Building it failed; what the compiler said is above.');
  });

  test('shows a warning, too, though it succeeds', () => {
    const { status, lines } = build(project('#warning "mind this"\n'));
    expect([status, lines.some((line) => line.includes('mind this'))]).toEqual([0, true]);
  });
});

describe('what was built', () => {
  /** Which of the builds hold after the file was changed. */
  function fresh(changed: string): unknown {
    const root = temporaryDirectory();
    for (const path of ['build/Release/dcgan_native.node', 'build/dcgan_core_tests', changed])
      write(join(root, path), 'before');
    const { stdout } = program(
      `import { writeFileSync } from 'node:fs';
       const stamps = [build.nativeStamp, build.coreTestsStamp].map((stamp) => stamp(${JSON.stringify(root)}));
       for (const stamp of stamps) await stamp.build(() => {});
       writeFileSync(${JSON.stringify(join(root, changed))}, 'after');
       console.log(JSON.stringify(stamps.map((stamp) => stamp.isFresh())));`,
    );
    return JSON.parse(stdout);
  }

  test('holds for training when a test of the core changes, which is built anew', () => {
    expect(fresh('test/native/core/convolution_test.cpp')).toEqual([true, false]);
  });

  test('holds for nobody when the core changes', () => {
    expect(fresh('native/core/network/recipe.cpp')).toEqual([false, false]);
  });

  test('holds for everybody when TypeScript changes', () => {
    expect(fresh('lib/index.ts')).toEqual([true, true]);
  });
});
