import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  promises,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { writeFileAtomically } from '../../lib/files/atomic.js';
import { outputError } from '../../lib/files/output_error.js';
import { abandonedAfter, removeTemporaries, temporaryBeside } from '../../lib/files/temporaries.js';
import { temporaryDirectory } from '../checkpoint/helpers.js';
import { compilePackage } from '../support/compile_package.js';

const root = temporaryDirectory();
let count = 0;

function freshDirectory(): string {
  const directory = join(root, String(count++));
  mkdirSync(directory);
  return directory;
}

/** Does `work` while opening `directory` fails as a file system's refusal would. */
async function withFailingSync(directory: string, code: string, work: () => Promise<void>): Promise<void> {
  const { open } = promises;
  const failing = jest.spyOn(promises, 'open').mockImplementation((path, ...rest) => {
    if (path === directory) return Promise.reject(Object.assign(new Error(code), { code }));
    return open(path, ...rest);
  });
  await work().finally(() => failing.mockRestore());
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

  test('keeps the permissions of the file that it replaces', async () => {
    const path = join(freshDirectory(), 'a');
    writeFileSync(path, 'old');
    chmodSync(path, 0o640);
    await writeFileAtomically(path, [Buffer.from('new')]);
    expect(statSync(path).mode & 0o777).toBe(0o640);
  });

  test.each([
    ['cannot be synced', 'EINVAL'],
    ['may not be opened', 'EACCES'],
  ])('works in a directory that %s', async (_, code) => {
    const path = join(freshDirectory(), 'a');
    await withFailingSync(dirname(path), code, () => writeFileAtomically(path, [Buffer.from('new')]));
    expect(readFileSync(path, 'utf8')).toBe('new');
  });

  test('says that the file was replaced when its directory could not be synced', async () => {
    const path = join(freshDirectory(), 'a');
    writeFileSync(path, 'old');
    const written = withFailingSync(dirname(path), 'EIO', () =>
      writeFileAtomically(path, [Buffer.from('new')]),
    );
    await expect(written).rejects.toMatchObject({
      code: 'ERR_OUTPUT',
      message: `${path} was replaced, but may be the old one again after a power cut, because the disk reports an error.`,
    });
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(readdirSync(dirname(path))).toEqual(['a']);
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
  const young = abandonedAfter - 5;
  const old = abandonedAfter + 5;
  const cases: [string, string, number, boolean][] = [
    ['removes what nobody has touched for a minute', basename(temporaryBeside('a')), old, false],
    ['keeps what somebody has touched since', basename(temporaryBeside('a')), young, true],
    [
      'removes old ones of earlier versions, whatever process has their number now',
      `.a.${process.ppid}-0123abcd.tmp`,
      old,
      false,
    ],
    [
      'keeps young ones of earlier versions, though no process has their number',
      '.a.999999999-0123abcd.tmp',
      young,
      true,
    ],
  ];
  test.each(cases)('%s', async (_, name, age, stays) => {
    const directory = freshDirectory();
    writeFileSync(join(directory, name), '');
    const touched = Date.now() / 1000 - age;
    utimesSync(join(directory, name), touched, touched);
    await removeTemporaries(directory);
    expect(readdirSync(directory)).toEqual(stays ? [name] : []);
  });

  test('counts ages by the clock that it is told', async () => {
    const directory = freshDirectory();
    writeFileSync(temporaryBeside(join(directory, 'a')), '');
    await removeTemporaries(directory, Date.now() - 3_600_000);
    expect(readdirSync(directory)).toHaveLength(1);
    await removeTemporaries(directory, Date.now() + 3_600_000);
    expect(readdirSync(directory)).toEqual([]);
  });

  test('touches no file of another name', async () => {
    const directory = freshDirectory();
    const names = ['.a.123.tmp', 'a.123-0123abcd.tmp', 'a.0123456789ab.tmp', 'step-00000001.safetensors'];
    for (const name of names) writeFileSync(join(directory, name), '');
    await removeTemporaries(directory, Date.now() + 3_600_000);
    expect(readdirSync(directory).sort()).toEqual(names.sort());
  });

  test('takes a missing directory for an empty one', async () => {
    await expect(removeTemporaries(join(root, 'missing'))).resolves.toBeUndefined();
  });
});
