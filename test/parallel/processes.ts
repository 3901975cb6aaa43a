import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { type Checkpoint, readCheckpoint } from '../../lib/checkpoint/checkpoint.js';
import { flagOf } from '../../lib/cli/options.js';
import type { Weights } from '../../lib/index.js';
import type { TrainEvent } from '../../lib/training/events.js';
import { eventsOf, finished, type Outcome, start, temporaryDirectory, writeIdx } from '../cli/helpers.js';
import { compilePackage } from '../support/compile_package.js';
import { smallMnist } from '../support/small_mnist.js';

export const root = temporaryDirectory();
/** 5 steps an epoch. */
export const images = join(root, 'images-idx3-ubyte');
let program: string;

beforeAll(async () => {
  program = compilePackage(join(root, 'package'));
  await writeDigits(images, 60);
});

/** What every training of these tests is told. With this ε a step follows the gradient, not its sign, which rounding may turn. */
export const small = {
  batchSize: 12,
  features: 16,
  threads: 1,
  device: 'cpu',
  seed: 7,
  epsilon: 1e-4,
} as const;

/** Flags of options. */
export const flagsOf = (options: Readonly<Record<string, string | number>>): string[] =>
  Object.entries(options).flatMap(([name, value]) => [flagOf(name), `${value}`]);

/** Writes the first `count` digits of MNIST as an IDX file. */
export async function writeDigits(path: string, count: number): Promise<string> {
  const { pixels } = await smallMnist(count).load();
  return writeIdx(path, pixels as Uint8Array);
}

/** One of several processes. */
export class Running {
  #output = '';
  readonly ended: Promise<Outcome>;

  constructor(readonly child: ChildProcess) {
    this.ended = finished(child);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (piece) => {
        this.#output += piece;
      });
    }
  }

  /** Waits until it has written that. */
  async says(words: string | RegExp): Promise<void> {
    while (this.#output.search(words) < 0) {
      const { exitCode, signalCode } = this.child;
      if (exitCode !== null || signalCode !== null) throw new Error(`It has ended and said: ${this.#output}`);
      await pause(10);
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}

const running: Running[] = [];

// One that hangs must not outlive its test.
afterEach(async () => {
  for (const each of running) each.kill('SIGKILL');
  await Promise.all(running.splice(0).map(({ ended }) => ended));
});

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

function started(child: ChildProcess): Running {
  const process = new Running(child);
  running.push(process);
  return process;
}

/** A port of this machine that nobody uses. */
export async function freePort(): Promise<number> {
  const server = await listening();
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A server that says nothing, as of another program. */
export async function listening(): Promise<Server> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** Whether somebody listens there. */
export async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Starts a training by this process alone. */
export const alone = (...flags: readonly string[]): Running =>
  started(start(program, root, ['train', '--data', images, ...flagsOf(small), ...flags]));

/** Of one of several processes its flags, and what says which of them it is. */
export const placeFlags = (rank: number, worldSize: number, port: number) =>
  flagsOf({ rank, worldSize, master: `127.0.0.1:${port}` });

/** Starts `worldSize` processes that train together. @param flags of all, or of each by its rank */
export async function together(
  worldSize: number,
  flags: readonly string[] | ((rank: number) => readonly string[]),
): Promise<Running[]> {
  const port = await freePort();
  const flagsFor = typeof flags === 'function' ? flags : () => flags;
  return Array.from({ length: worldSize }, (_, rank) =>
    alone(...placeFlags(rank, worldSize, port), ...flagsFor(rank)),
  );
}

/** How all of them end. */
export const endOf = (processes: readonly Running[]): Promise<Outcome[]> =>
  Promise.all(processes.map(({ ended }) => ended));

/** How processes end that are started with these flags. */
export const ends = async (...given: Parameters<typeof together>): Promise<Outcome[]> =>
  endOf(await together(...given));

/**
 * Starts a program of the API once for each of two processes, with `GanTrainer`, `mnist`, its `rank`, `print`, `make`, which makes a
 * trainer, and `afterSteps`, which waits until one has taken so many.
 */
export async function programs(body: string, worldSize = 2): Promise<{ port: number; all: Running[] }> {
  const port = await freePort();
  const prelude = (rank: number) => `
    const { GanTrainer, mnist } = require(${JSON.stringify(join(program, 'dist/index.js'))});
    const { setTimeout: pause } = require('node:timers/promises');
    const [rank, worldSize, port] = [${rank}, ${worldSize}, ${port}];
    const make = (more) => new GanTrainer({ data: ${JSON.stringify(images)}, ...${JSON.stringify(small)}, ...more,
      parallel: { rank, worldSize, master: '127.0.0.1:' + port } });
    const afterSteps = async (trainer, steps) => {
      while (trainer.step < steps) await pause(10);
    };
    const print = (value) => console.log(JSON.stringify(value));
    (async () => {${body}})().catch((error) => { print({ code: error.code, message: error.message }); process.exitCode = 1; });`;
  const start = (rank: number) =>
    started(spawn(process.execPath, ['-e', prelude(rank)], { stdio: ['ignore', 'pipe', 'pipe'] }));
  return { port, all: Array.from({ length: worldSize }, (_, rank) => start(rank)) };
}

/** What a program has printed, line by line. */
export const printed = (outcome: Outcome): unknown[] => eventsOf(outcome);

export const eventsOfType = <T extends TrainEvent['type']>(outcome: Outcome, type: T) =>
  eventsOf(outcome).filter((event): event is Extract<TrainEvent, { type: T }> => event.type === type);

export const checkpointAt = (run: string, step: number): Promise<Checkpoint> =>
  readCheckpoint(join(run, 'checkpoints', `step-${`${step}`.padStart(8, '0')}.safetensors`));

/** The largest distance of a tensor in two states, as a part of how far it has come since `before`. */
export function difference(one: Weights, other: Weights, before: Weights): number {
  const distances = Object.entries(before).map(
    ([name, { data }]) =>
      distance(one[name]!.data, other[name]!.data) / distance(other[name]!.data, data as Float32Array),
  );
  return Math.max(...distances);
}

const distance = (one: Float32Array, other: Float32Array) =>
  Math.sqrt(one.reduce((sum, x, i) => sum + (x - other[i]!) ** 2, 0));
