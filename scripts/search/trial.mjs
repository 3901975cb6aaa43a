/**
 * One trial of a search, in a process of its own: `trial.mjs POINT SECONDS SEED`. Trains for as many steps as fit into so many
 * seconds on this machine, evaluates, and prints a line of JSON.
 */
import { createRequire } from 'node:module';
import { optionsOf } from './space.mjs';

const { GanTrainer } = createRequire(import.meta.url)('../../dist/index.js');
const [point, seconds, seed] = process.argv.slice(2).map((word) => JSON.parse(word));
const [warmUp, timed] = [10, 30];

/** Seconds of a step, of a trainer that is thrown away: a schedule must know its length from the beginning. */
async function secondsOfStep() {
  const trainer = new GanTrainer({ ...optionsOf(point, warmUp + timed), seed });
  try {
    await trainer.fit({ steps: warmUp });
    const began = performance.now();
    await trainer.fit({ steps: timed, logEvery: timed });
    return (performance.now() - began) / 1000 / timed;
  } finally {
    trainer.dispose();
  }
}

const steps = Math.max(1, Math.floor(seconds / (await secondsOfStep())));
const trainer = new GanTrainer({ ...optionsOf(point, steps), seed });
const began = performance.now();
try {
  await trainer.fit({ steps, logEvery: 100 });
  const trained = (performance.now() - began) / 1000;
  const { figures } = await trainer.evaluate({ nearest: false });
  const values = Object.fromEntries(Object.entries(figures).map(([name, { value }]) => [name, value]));
  process.stdout.write(`${JSON.stringify({ steps, seconds: trained, ...values })}\n`);
} catch (error) {
  // One that diverges is the worst there is, and no reason to end the search.
  if (error.code !== 'ERR_DIVERGED') throw error;
  process.stdout.write(`${JSON.stringify({ steps, seconds: null, fid: null, problem: error.code })}\n`);
} finally {
  trainer.dispose();
}
