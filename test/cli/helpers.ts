import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TrainEvent } from '../../lib/training/events.js';

/** How a finished program ended. */
export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A directory for the tests of one file, removed after them. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'dcgan-native-cli-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Starts the program of a compiled package in the directory `cwd`. */
export function start(
  packageRoot: string,
  cwd: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): ChildProcess {
  const script = `require(${JSON.stringify(join(packageRoot, 'dist/cli/main.js'))})
    .main(process.argv.slice(1)).then((code) => { process.exitCode = code; });`;
  const env: NodeJS.ProcessEnv = { ...process.env, DEBUG: '', ...variables };
  return spawn(process.execPath, ['-e', script, '--', ...args], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

export async function finished(child: ChildProcess): Promise<Outcome> {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout?.on('data', (chunk) => stdout.push(chunk));
  child.stderr?.on('data', (chunk) => stderr.push(chunk));
  const [status] = await once(child, 'close');
  return { status, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
}

/** The events in the output of `--json`. */
export function eventsOf({ stdout }: Outcome): TrainEvent[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** Writes pixels of 28×28 images as an IDX file. Returns its path. */
export function writeIdx(path: string, pixels: Uint8Array): string {
  const header = Buffer.alloc(16);
  [0x803, pixels.length / (28 * 28), 28, 28].forEach((value, i) => {
    header.writeUInt32BE(value, 4 * i);
  });
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, Buffer.concat([header, pixels]));
  return path;
}

/** Writes `count` images of 28×28 with one bright square each, as an IDX file. Returns its path. */
export function writeImages(path: string, count: number): string {
  const pixels = Buffer.alloc(count * 28 * 28);
  for (let i = 0; i < count; i++) {
    for (let y = 0; y < 8; y++)
      pixels.fill(255, (i * 28 + (i % 20) + y) * 28 + 10, (i * 28 + (i % 20) + y) * 28 + 18);
  }
  return writeIdx(path, pixels);
}
