import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openRun } from '../../lib/index.js';
import { readMetrics } from '../../lib/run/metrics.js';
import type { Outcome } from '../cli/helpers.js';
import { using } from '../support/cleanup.js';
import {
  alone,
  endOf,
  ends,
  eventsOfType,
  flagsOf,
  freePort,
  isListening,
  listening,
  pause,
  placeFlags,
  printed,
  programs,
  type Running,
  root,
  together,
  writeDigits,
} from './processes.js';

let cwd: string;
let run: string;
beforeEach(() => {
  cwd = mkdtempSync(join(root, 'work-'));
  run = join(cwd, 'run');
});

/** The error that a process ended with. */
const errorOf = ({ status, stderr }: Outcome) => ({
  status,
  said: /^error: (.*)$/m.exec(stderr)?.[1] ?? stderr,
});

/** Of a training without an end: what it is to do until somebody intervenes. */
const long = () => ['--out', run, '--steps', '100000', '--log-every', '3', '--checkpoint-every', '0'];

/** Starts processes that train on and on, and waits until some steps are taken. */
async function training(
  worldSize = 2,
  ...more: string[]
): Promise<readonly [Running, Running, ...Running[]]> {
  const processes = await together(worldSize, (rank) => [
    ...long(),
    ...more,
    ...(rank === 0 ? ['--json'] : []),
  ]);
  await processes[0]!.says('"type":"step","step":9,');
  return processes as [Running, Running, ...Running[]];
}

/** Milliseconds until a process has ended, and how. */
async function timed({ ended }: Running): Promise<Outcome & { took: number }> {
  const began = performance.now();
  return { ...(await ended), took: performance.now() - began };
}

/** Whether each step up to the newest checkpoint is in one row of the metrics, and none after it. */
async function expectWholeRun(): Promise<number> {
  const { step } = (await openRun(run)).latest!.checkpoint;
  let reached = 0;
  for (const row of (await readMetrics(run)).filter(({ type }) => type === 'step')) {
    expect(row.step - (row.steps as number)).toBe(reached);
    reached = row.step;
  }
  expect(reached).toBe(step);
  return step;
}

describe('processes that do not agree end all with the same sentence, which says what to do', () => {
  test.each<[string, (rank: number) => readonly string[], RegExp]>([
    [
      'options that differ',
      (rank) => flagsOf({ learningRate: 1e-3 * (rank + 1) }),
      /^ERR_PARALLEL: Process 1 on \S+ has --learning-rate 0.002, process 0 0.001\. Start all processes with the same command/,
    ],
    [
      'a batch that cannot be divided',
      () => flagsOf({ batchSize: 13 }),
      /^ERR_OPTION: Option --batch-size is wrong: 13 images cannot be divided among 2 processes\. Take 12 or 14, or say how many each takes with --batch-size-per-process\.$/,
    ],
    [
      'world sizes that differ',
      (rank) => flagsOf({ worldSize: 2 + rank }),
      /^ERR_PARALLEL: Process 0 was told of 2 processes, process 1 of 3\. Start all with the same number\.$/,
    ],
  ])('%s', async (_, flags, said) => {
    for (const outcome of await ends(2, (rank) => ['--out', run, '--steps', '6', ...flags(rank)])) {
      expect(errorOf(outcome)).toEqual({ status: 1, said: expect.stringMatching(said) });
    }
    expect(existsSync(run)).toBe(false);
  });

  test('images that differ', async () => {
    const others = await writeDigits(join(cwd, 'others-idx3-ubyte'), 48);
    const outcomes = await ends(2, (rank) => [
      ...['--out', run, '--steps', '6'],
      ...(rank === 1 ? ['--data', others] : []),
    ]);
    for (const outcome of outcomes) {
      expect(errorOf(outcome)).toEqual({
        status: 1,
        said: expect.stringMatching(
          /^ERR_PARALLEL: Process 1 has other images \(\S*others-idx3-ubyte\) than process 0 \(\S*\)\. Name the same data on every machine\.$/,
        ),
      });
    }
  });

  test('images that one of them does not find', async () => {
    const outcomes = await ends(2, (rank) => [
      ...['--out', run, '--steps', '6'],
      ...(rank === 1 ? ['--data', join(cwd, 'none')] : []),
    ]);
    expect(outcomes.map(errorOf)).toEqual([
      {
        status: 1,
        said: expect.stringMatching(
          /^ERR_PARALLEL: Process 1 on \S+ has ended the training: ERR_DATA_NOT_FOUND: /,
        ),
      },
      { status: 1, said: expect.stringMatching(/^ERR_DATA_NOT_FOUND: /) },
    ]);
  });

  test('two processes of one rank', async () => {
    const port = await freePort();
    const processes = [0, 1, 1].map((rank) =>
      alone(...placeFlags(rank, 3, port), '--out', run, '--steps', '6'),
    );
    for (const outcome of await endOf(processes)) {
      expect(errorOf(outcome)).toEqual({
        status: 1,
        said: expect.stringMatching(
          /^ERR_PARALLEL: Two processes have rank 1: one on .*, one on .*\. Give each a rank of its own\.$/,
        ),
      });
    }
  });
});

describe('processes that do not find each other', () => {
  test('say which of them has not come within the time they wait', async () => {
    const port = await freePort();
    const flags = ['--out', run, '--steps', '6', '--parallel-timeout', '3'];
    const processes = [0, 2].map((rank) => alone(...placeFlags(rank, 3, port), ...flags));
    const [leading, other] = await endOf(processes);
    const said =
      'ERR_PARALLEL: Of 3 processes these have not come within 3 s: 1. See what they wrote, or whether they were started.';
    expect(errorOf(leading!)).toEqual({ status: 1, said });
    expect(errorOf(other!)).toEqual({ status: 1, said: expect.stringMatching(/^ERR_PARALLEL: .* 3 s/) });
  });

  test.each([0, 1])('can be stopped while they wait, here process %i', async (rank) => {
    const process = alone(...placeFlags(rank, 2, await freePort()), '--out', run);
    await pause(2000);
    process.kill('SIGINT');
    const { took, status, stderr } = await timed(process);
    expect(status).toBe(130);
    expect(took).toBeLessThan(5000);
    expect(stderr).not.toContain('error:');
    expect(existsSync(run)).toBe(false);
  });

  test('can be stopped while they wait to resume a run', async () => {
    await alone('--out', run, '--steps', '3').ended;
    const process = alone(...placeFlags(0, 2, await freePort()), '--resume', run);
    await pause(2000);
    process.kill('SIGINT');
    const { took, status } = await timed(process);
    expect([status, took < 5000]).toEqual([130, true]);
  });

  test('say that nobody answers where they were to meet', async () => {
    const port = await freePort();
    const outcome = await alone(...placeFlags(1, 2, port), '--parallel-timeout', '3').ended;
    expect(errorOf(outcome)).toEqual({
      status: 1,
      said: expect.stringMatching(
        new RegExp(
          `^ERR_PARALLEL: Process 1 could not reach 127.0.0.1:${port} within 3 s, where the processes meet\\. Check that process 0 runs there`,
        ),
      ),
    });
  });

  test('say that the port is in use', async () => {
    const server = await listening();
    server.on('connection', (socket) => socket.destroy());
    using({ [Symbol.dispose]: () => void server.close() });
    const { port } = server.address() as { port: number };
    const flags = ['--parallel-timeout', '3', '--steps', '6'];
    const outcomes = await endOf([0, 1].map((rank) => alone(...placeFlags(rank, 2, port), ...flags)));
    expect(outcomes.map(errorOf)).toEqual([
      {
        status: 1,
        said: `ERR_PARALLEL: Port ${port} of 127.0.0.1 is in use: another training meets there, or another program listens. Choose another port.`,
      },
      {
        status: 1,
        said: expect.stringMatching(/^ERR_PARALLEL: Process 1 could not reach /),
      },
    ]);
  });
});

test('where process 0 cannot write, the others end with its reason', async () => {
  const file = join(cwd, 'file');
  writeFileSync(file, '');
  const outcomes = await ends(2, ['--out', join(file, 'run'), '--steps', '6']);
  expect(outcomes.map(errorOf)).toEqual([
    { status: 1, said: expect.stringMatching(/^ERR_OUTPUT: /) },
    {
      status: 1,
      said: expect.stringMatching(/^ERR_PARALLEL: Process 0 on \S+ has ended the training: ERR_OUTPUT: /),
    },
  ]);
});

describe('when process 1 is killed', () => {
  test('process 0 saves what was trained and ends within seconds, and the run is resumed', async () => {
    const [leading, other] = await training();
    other.kill('SIGKILL');
    const outcome = await timed(leading);
    expect(errorOf(outcome)).toEqual({
      status: 1,
      said: expect.stringMatching(/^ERR_PARALLEL: A process of those that train together has ended/),
    });
    expect(outcome.took).toBeLessThan(10_000);
    const step = await expectWholeRun();
    expect(step).toBeGreaterThanOrEqual(9);
    const resumed = await ends(2, (rank) => [
      '--resume',
      run,
      '--steps',
      '3',
      ...(rank === 0 ? ['--json'] : []),
    ]);
    expect(resumed.map(({ status }) => status)).toEqual([0, 0]);
    expect(eventsOfType(resumed[0]!, 'end')).toMatchObject([{ step: step + 3 }]);
    expect(await expectWholeRun()).toBe(step + 3);
  });
});

test('when process 0 is killed, the others end within seconds', async () => {
  const [leading, other] = await training();
  leading.kill('SIGKILL');
  const outcome = await timed(other);
  expect(errorOf(outcome)).toEqual({ status: 1, said: expect.stringMatching(/^ERR_PARALLEL: /) });
  expect(outcome.took).toBeLessThan(10_000);
});

test.each([
  ['three steps', '3'],
  ['each step', '1'],
])(
  'SIGTERM of process 1 ends all where process 0 looks after %s: it saves, the others say whom it came from',
  async (_, logEvery) => {
    const [leading, other, third] = await training(3, '--log-every', logEvery);
    other.kill('SIGTERM');
    const outcomes = await endOf([leading, other, third!]);
    expect(outcomes[1]!.status).toBe(143);
    for (const outcome of [outcomes[0]!, outcomes[2]!]) {
      expect(errorOf(outcome)).toEqual({
        status: 1,
        said: expect.stringMatching(
          /^ERR_PARALLEL: Process 1 on \S+ has ended the training: stopped by SIGTERM/,
        ),
      });
    }
    await expectWholeRun();
  },
);

test('a process whose leading one gives no answer ends once its patience does', async () => {
  const [leading, other] = await training(2, '--parallel-timeout', '3');
  leading.kill('SIGSTOP');
  const outcome = await timed(other);
  expect(errorOf(outcome)).toEqual({
    status: 1,
    said: expect.stringMatching(/^ERR_PARALLEL: .*gives no answer/),
  });
  expect(outcome.took).toBeLessThan(15_000);
});

test('Ctrl-C, which all processes of a terminal get, saves everything', async () => {
  const processes = await training();
  for (const each of processes) each.kill('SIGINT');
  const outcomes = await endOf(processes);
  expect(outcomes.map(({ status }) => status)).toEqual([130, 130]);
  expect(outcomes[0]!.stderr).toMatch(/^Stopped by Ctrl-C at step \d+: everything is saved\.$/m);
  await expectWholeRun();
});

test('SIGINT of process 0 alone saves everything and ends the others with that reason', async () => {
  const [leading, other] = await training();
  leading.kill('SIGINT');
  const outcomes = await endOf([leading, other]);
  expect(outcomes[0]!.status).toBe(130);
  expect(errorOf(outcomes[1]!)).toEqual({
    status: 1,
    said: expect.stringMatching(/^ERR_PARALLEL: Process 0 on \S+ has ended the training: stopped by Ctrl-C/),
  });
  await expectWholeRun();
});

describe.each([0, 1])('a program of the API in which process %i', (which) => {
  test('disposes of its trainer in the middle of fit ends that of both, and both end', async () => {
    const { all, port } = await programs(`
      const trainer = make();
      if (rank === ${which}) void afterSteps(trainer, 3).then(() => trainer.dispose());
      await trainer.fit({ steps: 100000 }).catch(({ code }) => print(code));
      trainer.dispose();`);
    const outcomes = await endOf(all);
    expect(outcomes.map(({ status }) => status)).toEqual([0, 0]);
    expect(printed(outcomes[which]!)).toEqual(['ERR_DISPOSED']);
    expect(printed(outcomes[1 - which]!)).toEqual(['ERR_PARALLEL']);
    expect(await isListening(port)).toBe(false);
  });

  test('exits in the middle of fit ends it in the other within seconds', async () => {
    const { all, port } = await programs(`
      const trainer = make();
      if (rank === ${which}) void afterSteps(trainer, 3).then(() => process.exit(5));
      await trainer.fit({ steps: 100000 });`);
    const outcomes = await endOf(all);
    expect(outcomes[which]!.status).toBe(5);
    expect(outcomes[1 - which]!.status).toBe(1);
    expect(printed(outcomes[1 - which]!)).toMatchObject([{ code: 'ERR_PARALLEL' }]);
    expect(await isListening(port)).toBe(false);
  });
});
