import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compilePackage } from '../support/compile_package.js';

const root = compilePackage(mkdtempSync(join(tmpdir(), 'dcgan-unhandled-')));
afterAll(() => rmSync(root, { recursive: true }));

// `failing` trains until its first epoch ends, where its handler throws `mine`.
const prelude = `
const { setTimeout: sleep } = require('node:timers/promises');
const { GanTrainer, mnist } = require(${JSON.stringify(join(root, 'dist', 'index.js'))});
const data = {
  name: 'digits',
  load: async () => {
    const images = await mnist({ split: "test" }).load();
    return { ...images, count: 64, pixels: images.pixels.slice(0, 64 * 784) };
  },
};
const trainer = new GanTrainer({ batchSize: 16, seed: 1, data, device: 'cpu' });
let hasFailed = false;
const failing = () => trainer.fit(9, { onEvent: (event) => {
  if (event.type !== 'epoch') return;
  hasFailed = true;
  throw new Error('mine');
} });
const later = async () => { while (!hasFailed) await sleep(10); await sleep(300); };
const leave = async (run, type) => { for await (const event of run) if (event.type === type) break; };
const say = (error) => console.log('caught', error.message);
`;

/** Runs a program; an unhandled rejection ends it with 1 and the error on stderr. */
function end(program: string): Promise<{ code: number | null; output: string; unhandled: boolean }> {
  return new Promise((resolve) => {
    const script = `${prelude}(async () => { ${program} })();`;
    const child = spawn(process.execPath, ['-e', script], { timeout: 60_000 });
    let output = '';
    let errors = '';
    child.stdout.on('data', (piece) => {
      output += piece;
    });
    child.stderr.on('data', (piece) => {
      errors += piece;
    });
    child.on('close', (code) => {
      resolve({ code, output: output.trim(), unhandled: errors.includes('Error: mine') });
    });
  });
}

const handled: readonly (readonly [string, string])[] = [
  ['whoever awaits the run', `await failing().catch(say);`],
  ['whoever iterates it, and nobody else', `try { for await (const _ of failing()); } catch (e) { say(e); }`],
  [
    'whoever awaits the run, although an iteration was left',
    `const run = failing(); await Promise.all([leave(run, 'start'), run.catch(say)]);`,
  ],
  [
    'the iteration that stays, when another is left',
    `const run = failing();
     const [stays] = await Promise.allSettled([leave(run, 'never'), leave(run, 'start')]);
     say(stays.reason); await later();`,
  ],
  [
    'whoever iterates slowly, after all events before it',
    `try { for await (const event of failing()) await later(); } catch (e) { say(e); }`,
  ],
  [
    'whoever awaits the run, when a handler’s promise rejects',
    `await trainer.fit(9, { onEvent: async (event) => { if (event.type === 'epoch') throw new Error('mine'); } })
       .catch(say);`,
  ],
  [
    'whoever awaits the run, when a handler’s promise rejects after the last step',
    `await trainer.fit(1, { onEvent: async (event) => {
       if (event.type === 'epoch') { await sleep(300); throw new Error('mine'); } } }).catch(say);`,
  ],
  [
    'whoever awaits the run, when promises of several handlers reject',
    `await trainer.fit(9, { onEvent: async () => { await sleep(10); throw new Error('mine'); } }).catch(say);`,
  ],
];

it.each(handled)('an error goes to %s, and is handled with that', async (_, program) => {
  expect(await end(program)).toEqual({ code: 0, output: 'caught mine', unhandled: false });
});

const unhandled: readonly (readonly [string, string])[] = [
  ['nobody has the run', `failing(); await later(); await sleep(60_000);`],
  [
    'the only iteration was left before it',
    `await leave(failing(), 'start'); await later(); await sleep(60_000);`,
  ],
  [
    'the only iteration is left when it has happened but was not thrown yet',
    `for await (const event of failing()) { await later(); break; } await sleep(60_000);`,
  ],
];

it.each(unhandled)('an error is an unhandled rejection when %s', async (_, program) => {
  expect(await end(program)).toEqual({ code: 1, output: '', unhandled: true });
});
