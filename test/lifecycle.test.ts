import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compilePackage } from './support/compile_package.js';

const root = compilePackage(mkdtempSync(join(tmpdir(), 'dcgan-lifecycle-')));
afterAll(() => rmSync(root, { recursive: true }));
/** Every way to end is tried this many times; more with DCGAN_REPEAT=50. */
const repeat = Number(process.env.DCGAN_REPEAT ?? 3);

const prelude = `
const { Worker, isMainThread } = require('node:worker_threads');
const { GanTrainer, mnist } = require(${JSON.stringify(join(root, 'dist', 'index.js'))});
const data = {
  name: 'digits',
  load: async () => {
    const images = await mnist({ split: "test" }).load();
    return { ...images, count: 64, pixels: images.pixels.slice(0, 64 * 784) };
  },
};
const make = () => new GanTrainer({ batchSize: 16, seed: 1, data });
`;

/** Runs a program and gives how it ended; one that hangs is killed and shows as a signal. */
function end(program: string): Promise<{ code: number | null; signal: string | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--expose-gc', '-e', prelude + program], { timeout: 60_000 });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (piece) => {
        output += piece;
      });
    }
    child.on('close', (code, signal) => resolve({ code, signal, output: output.trim() }));
  });
}

const ways: readonly (readonly [string, string, number, string])[] = [
  ['a fit that ends', `make().fit(1).then(() => console.log('done'));`, 0, 'done'],
  [
    'two trainers at once',
    `Promise.all([make().fit(2), make().fit(2)]).then(([a, b]) => console.log(a.steps + b.steps));`,
    0,
    '16',
  ],
  [
    'a trainer in a worker thread and one in the main thread',
    `const worker = new Worker(${JSON.stringify(prelude)} + 'make().fit(2).then(() => console.log("worker"))', { eval: true });
     Promise.all([make().fit(2), new Promise((resolve) => worker.on('exit', resolve))]).then(() => console.log('main'));`,
    0,
    'worker\nmain',
  ],
  [
    'a worker thread that is terminated while it trains',
    `const worker = new Worker(${JSON.stringify(prelude)} + 'make().fit(1000, { onEvent: () => require("node:worker_threads").parentPort.postMessage(1) })', { eval: true });
     worker.once('message', async () => { await worker.terminate(); console.log('terminated'); });`,
    0,
    'terminated',
  ],
  [
    'process.exit inside a worker that trains',
    `const worker = new Worker(${JSON.stringify(prelude)} + 'make().fit(1000, { onEvent: (e) => e.type === "step" && process.exit(5) })', { eval: true });
     worker.on('exit', (code) => console.log('worker ended with', code));`,
    0,
    'worker ended with 5',
  ],
  [
    'dispose while fit runs',
    `const t = make(); t.fit(1000).catch((e) => console.log(e.code)); setTimeout(() => t.dispose(), 400);`,
    0,
    'ERR_DISPOSED',
  ],
  [
    'a trainer dropped without dispose',
    `make().fit(1).then(() => { setTimeout(() => { gc(); console.log('dropped'); }, 20); });`,
    0,
    'dropped',
  ],
  [
    'a trainer dropped while it trains',
    `make().fit(3).then(() => console.log('done')); setInterval(gc, 20).unref();`,
    0,
    'done',
  ],
  ['process.exit while it trains', `make().fit(1000); setTimeout(() => process.exit(3), 500);`, 3, ''],
  ['process.exit at once', `make().fit(1000); process.exit(4);`, 4, ''],
  [
    'process.exit in an event handler',
    `make().fit(1000, { onEvent: (e) => e.type === 'step' && process.exit(6) });`,
    6,
    '',
  ],
  [
    'an exception in an event handler',
    `make().fit(1000, { onEvent: (e) => { if (e.type === 'step') throw new Error('mine'); } }).catch((e) => { console.log(e.message); process.exitCode = 7; });`,
    7,
    'mine',
  ],
];

describe.each(ways)('%s', (_, program, code, output) => {
  it(`ends with ${code}, ${repeat} times`, async () => {
    for (let i = 0; i < repeat; i++) expect(await end(program)).toEqual({ code, signal: null, output });
  }, 3_600_000);
});
