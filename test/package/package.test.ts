import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { temporaryDirectory } from '../support/cleanup.js';

const root = resolve('.');

/** Runs a script of `scripts/release`, which says what is wrong on stderr. */
function script(name: string, args: readonly string[] = []): { status: number | null; stderr: string } {
  const path = join(root, 'scripts', 'release', name);
  const { status, stderr } = spawnSync(process.execPath, [path, ...args], { cwd: root, encoding: 'utf8' });
  return { status, stderr };
}

const fine = { status: 0, stderr: '' };

/** The binaries that are published, or, where none were built, those of this checkout. */
function binaries(): string[] {
  const prebuilds = join(root, 'prebuilds', `${process.platform}-${process.arch}`);
  const directory = existsSync(prebuilds) ? prebuilds : join(root, 'build', 'Release');
  return readdirSync(directory)
    .filter((name) => /\.(node|so)$/.test(name))
    .map((name) => join(directory, name));
}

describe('the package', () => {
  test('holds the files of the list and nothing else', () => {
    expect(script('contents.mjs')).toEqual(fine);
  });

  test('names no directory of the machine that it was built on', () => {
    expect(script('paths.mjs')).toEqual(fine);
  });

  test('has no link that leads to nothing', () => {
    expect(script('links.mjs')).toEqual(fine);
  });

  test('would be refused with a link to a file or a heading that is not published', () => {
    const directory = temporaryDirectory();
    const manifest = { name: 'linked', version: '1.0.0', files: ['docs/a.md'] };
    writeFileSync(join(directory, 'package.json'), JSON.stringify(manifest));
    mkdirSync(join(directory, 'docs'));
    writeFileSync(join(directory, 'docs', 'b.md'), '# B\n');
    writeFileSync(
      join(directory, 'docs', 'a.md'),
      '# One heading: `it`\n[b](b.md) [a](#one-heading-it) [c](#c)\n',
    );
    writeFileSync(join(directory, 'README.md'), '[![a](a.png)](docs/a.md#one-heading-it)\n');
    const stderr = [
      'README.md links to a.png, which is not published.\n',
      'docs/a.md links to b.md, which is not published.\n',
      'docs/a.md links to #c, a heading that is not there.\n',
    ].join('');
    expect(script('links.mjs', [directory])).toEqual({ status: 1, stderr });
  });

  test('brings nothing that THIRD_PARTY.md does not name', () => {
    expect(script('licences.mjs')).toEqual(fine);
  });
});

describe('the binaries', () => {
  const linux = process.platform === 'linux' ? test : test.skip;

  test('hold no absolute path', () => {
    expect(script('paths.mjs', binaries())).toEqual(fine);
  });

  test('would be refused with one', () => {
    const path = join(temporaryDirectory(), 'assertion.so');
    writeFileSync(path, '\x7fELF\0\0/home/somebody/native/core/model.cpp\0/dev/shm/x\0');
    const stderr = `${path} holds the path /home/somebody/native/core/model.cpp\n`;
    expect(script('paths.mjs', [path])).toEqual({ status: 1, stderr });
  });

  linux('ask for no newer a system than docs/packaging.md promises', () => {
    expect(script('floor.mjs', binaries())).toEqual(fine);
  });
});
