import { existsSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { makeTemporary, removeStale } from '../../lib/libtorch/temporary';
import { remove, temporaryDirectory, write } from './helpers';

let directory: string;
beforeEach(() => {
  directory = temporaryDirectory();
  jest.useFakeTimers({ doNotFake: ['Date'] });
});
afterEach(() => {
  jest.useRealTimers();
  remove(directory);
});

test('a fetch that goes on shows it, and its directory stays', () => {
  const { path, close } = makeTemporary(directory);
  utimesSync(path, 0, 0);
  jest.advanceTimersByTime(20_000);
  expect(Date.now() - statSync(path).mtimeMs).toBeLessThan(60_000);
  removeStale(directory);
  expect(existsSync(path)).toBe(true);
  close();
});

test('a fetch that is over leaves nothing, and shows no life any more', () => {
  const { path, close } = makeTemporary(directory);
  write(join(path, 'wheels', 'half.whl'));
  close();
  expect([readdirSync(directory), jest.getTimerCount()]).toEqual([[], 0]);
});

test('a directory that is removed meanwhile does no harm', () => {
  const { path, close } = makeTemporary(directory);
  remove(path);
  jest.advanceTimersByTime(60_000);
  close();
  expect(readdirSync(directory)).toEqual([]);
});
