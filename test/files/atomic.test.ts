import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { outputError, removeTemporaries, writeFileAtomically } from '../../lib/files/atomic.js';
import { temporaryDirectory } from '../checkpoint/helpers.js';
import { compilePackage } from '../support/compile_package.js';

const root = temporaryDirectory();
let count = 0;

function freshDirectory(): string {
  const directory = join(root, String(count++));
  mkdirSync(directory);
  return directory;
}

describe('writeFileAtomically', () => {
  test('replaces a file by the chunks in their order', async () => {
    const path = join(freshDirectory(), 'a');
    writeFileSync(path, 'something longer than what follows');
    await writeFileAtomically(path, [Buffer.from('one '), Buffer.alloc(0), Buffer.from('two')]);
    expect(readFileSync(path, 'utf8')).toBe('one two');
  });

  test('writes through a symbolic link', async () => {
    const directory = freshDirectory();
    writeFileSync(join(directory, 'target'), 'old');
    symlinkSync('target', join(directory, 'link'));
    await writeFileAtomically(join(directory, 'link'), [Buffer.from('new')]);
    expect(readFileSync(join(directory, 'target'), 'utf8')).toBe('new');
  });

  test('lets several writers of one file finish, each whole', async () => {
    const directory = freshDirectory();
    const texts = Array.from({ length: 8 }, (_, i) => String(i).repeat(100_000));
    await Promise.all(texts.map((text) => writeFileAtomically(join(directory, 'a'), [Buffer.from(text)])));
    expect(texts).toContain(readFileSync(join(directory, 'a'), 'utf8'));
    expect(readdirSync(directory)).toEqual(['a']);
  });

  test('leaves the old file and no temporary when a write fails halfway', () => {
    const directory = freshDirectory();
    const path = join(directory, 'a');
    writeFileSync(path, 'old');
    const library = join(compilePackage(join(root, 'compiled')), 'dist');
    const script = `
      const { writeFileAtomically } = require(${JSON.stringify(join(library, 'files/atomic.js'))});
      writeFileAtomically(${JSON.stringify(path)}, [Buffer.alloc(4 << 20)]).then(
        () => console.log('written'), (error) => console.log(error.code, error.message));`;
    // Files of at most 1 MiB (bash counts in KiB).
    const child = spawnSync('bash', ['-c', 'ulimit -f 1024; exec "$0" -e "$1"', process.execPath, script], {
      encoding: 'utf8',
      env: { ...process.env, NODE_PATH: resolve('node_modules') },
    });
    expect(child.stdout).toMatch(
      /^ERR_OUTPUT Cannot write .*: the file would become larger than is allowed\.$/m,
    );
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(directory)).toEqual(['a']);
  });

  const places: [string, (directory: string) => string, RegExp][] = [
    ['a directory', (directory) => directory, /is a directory/],
    ['a device', () => '/dev/full', /is a device/],
    ['a missing directory', (directory) => join(directory, 'no', 'a'), /directory does not exist/],
    [
      'a path below a file',
      (directory) => {
        writeFileSync(join(directory, 'file'), '');
        return join(directory, 'file', 'a');
      },
      /is a file, not a directory/,
    ],
    ['too long a name', (directory) => join(directory, 'a'.repeat(300)), /too long/],
  ];
  test.each(places)('says in words why it cannot write to %s', async (_, place, said) => {
    const path = place(freshDirectory());
    await expect(writeFileAtomically(path, [Buffer.from('x')])).rejects.toMatchObject({
      code: 'ERR_OUTPUT',
      message: expect.stringMatching(said),
      value: path,
    });
  });
});

test('a full disk is named as such', async () => {
  const error: unknown = await writeFile('/dev/full', 'x').catch((error: unknown) => error);
  expect(outputError('a', error)).toMatchObject({
    code: 'ERR_OUTPUT',
    message: 'Cannot write a: the disk is full.',
  });
});

describe('removeTemporaries', () => {
  const live = process.ppid;
  const dead = spawnSync('true').pid;
  const cases: [string, number, number, boolean][] = [
    ['removes what a dead process left', dead, 0, false],
    ['keeps what a live process is writing', live, 0, true],
    ['removes what has a live process of that id but was untouched for a minute', live, 61, false],
    ['keeps what this process is writing', process.pid, 0, true],
    ['removes what a former process of the id of this one left', process.pid, 1e6, false],
  ];
  test.each(cases)('%s', async (_, pid, age, stays) => {
    const directory = freshDirectory();
    const name = `.a.safetensors.${pid}-0123abcd.tmp`;
    writeFileSync(join(directory, name), '');
    const touched = Date.now() / 1000 - age;
    utimesSync(join(directory, name), touched, touched);
    await removeTemporaries(directory);
    expect(readdirSync(directory)).toEqual(stays ? [name] : []);
  });

  test('touches no file of another name', async () => {
    const directory = freshDirectory();
    const names = [`.a.${dead}.tmp`, `a.${dead}-0123abcd.tmp`, 'step-00000001.safetensors'];
    for (const name of names) writeFileSync(join(directory, name), '');
    await removeTemporaries(directory);
    expect(readdirSync(directory).sort()).toEqual(names.sort());
  });

  test('takes a missing directory for an empty one', async () => {
    await expect(removeTemporaries(join(root, 'missing'))).resolves.toBeUndefined();
  });
});
