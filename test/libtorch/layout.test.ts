import { join } from 'node:path';
import { minorOf, readVersion } from '../../lib/libtorch/layout';
import { layOutLibtorch, remove, temporaryDirectory, write } from './helpers';

let directory: string;
beforeEach(() => {
  directory = temporaryDirectory();
});
afterEach(() => remove(directory));

describe('the version of a libtorch', () => {
  test('is read from the header', () => {
    expect(readVersion(layOutLibtorch(directory, '2.13.1'))).toBe('2.13.1');
  });

  test('is read from build-version where there are no headers', () => {
    write(join(directory, 'build-version'), '2.13.0+cpu\n');
    expect(readVersion(directory)).toBe('2.13.0');
  });

  test('is read from version.py where there are no headers', () => {
    write(join(directory, 'version.py'), "__all__ = ['__version__']\n__version__ = '2.9.1+cu128'\n");
    expect(readVersion(directory)).toBe('2.9.1');
  });

  test('is null where nothing tells it', () => {
    write(join(directory, 'build-version'), 'nightly');
    expect(readVersion(directory)).toBeNull();
  });

  test('has a minor version that keeps both its digits', () => {
    expect(minorOf('2.13.0')).toBe('2.13');
  });
});
