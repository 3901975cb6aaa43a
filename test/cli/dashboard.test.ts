import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compilePackage } from '../support/compile_package.js';
import { finished, start, temporaryDirectory, writeImages } from './helpers.js';

const root = temporaryDirectory();
const running: ChildProcess[] = [];
let packageRoot: string;

beforeAll(() => {
  packageRoot = compilePackage(join(root, 'package'));
  mkdirSync(join(root, 'runs', '0001'), { recursive: true });
  writeFileSync(join(root, 'runs', '0001', 'config.json'), '{}');
});

afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

function begin(...args: string[]): ChildProcess {
  const child = start(packageRoot, root, args);
  running.push(child);
  return child;
}

/** The first address that a program prints. It goes on to be listened to. */
function addressIn(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  return new Promise((resolve, reject) => {
    stream.on('data', (chunk) => {
      text += chunk;
      const [url] = /http:\/\/127\.0\.0\.1:\d+\/\w+\//.exec(text) ?? [];
      if (url) resolve(url);
    });
    stream.on('end', () => reject(new Error(`There is no address in ${text}.`)));
  });
}

const namesAt = async (url: string) => {
  const { runs } = (await (await fetch(new URL('api/runs', url))).json()) as { runs: { name: string }[] };
  return runs.map(({ name }) => name);
};

test('dashboard prints the address of a page over all of runs/, and Ctrl-C ends it', async () => {
  const child = begin('dashboard', '--port', '0');
  expect(await namesAt(await addressIn(child.stdout!))).toContain('0001');
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('dashboard is found where it was the last time, or at any port where that is taken', async () => {
  const [first, second] = [begin('dashboard'), begin('dashboard')];
  const urls = [await addressIn(first.stdout!), await addressIn(second.stdout!)];
  expect(new Set(urls.map((url) => new URL(url).port)).size).toBe(2);
});

test.each([
  ['what is not there', ['no/runs'], 'ERR_CHECKPOINT_NOT_FOUND', 1],
  ['a port that is none', ['--port', 'high'], 'ERR_USAGE', 2],
  ['a port beyond all', ['--port', '70000'], 'ERR_USAGE', 2],
])('dashboard of %s is refused', async (_, args, code, status) => {
  const outcome = await finished(start(packageRoot, root, ['dashboard', ...args]));
  expect(outcome).toMatchObject({ status, stdout: '' });
  expect(outcome.stderr).toMatch(new RegExp(`^error: ${code}: [^\\n]+\\n$`));
});

describe('train --dashboard', () => {
  const small = () => {
    const images = writeImages(join(root, 'images', 'train-images-idx3-ubyte'), 40);
    return ['--data', images, '--batch-size', '4', '--features', '16', '--threads', '1', '--device', 'cpu'];
  };

  test('shows the run for as long as it is trained, and Ctrl-C ends both', async () => {
    const child = begin('train', ...small(), '--epochs', '100000', '--out', 'shown', '--dashboard', '0');
    const url = await addressIn(child.stderr!);
    expect(await namesAt(url)).toEqual(['shown']);
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([130, null]);
    await expect(fetch(url)).rejects.toThrow();
    expect(existsSync(join(root, 'shown', 'plot.png'))).toBe(true);
  });

  test('trains although the port is taken, and says so', async () => {
    const taken = new URL(await addressIn(begin('dashboard', '--port', '0').stdout!)).port;
    const args = ['train', ...small(), '--steps', '3', '--out', 'hidden', '--dashboard', taken];
    const outcome = await finished(start(packageRoot, root, args));
    expect(outcome.status).toBe(0);
    expect(outcome.stderr).toMatch(/^The dashboard cannot be shown: .*port/m);
  });
});
