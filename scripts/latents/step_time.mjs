import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Contestant } from '../bench/contestant.mjs';
import { median } from '../bench/median.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const steps = 20;

/** Milliseconds that a step of a search takes for 128 latent vectors, ours and PyTorch's in rounds that alternate. */
export async function stepTime({ threads, rounds, peers }, log) {
  const own = {
    label: 'dcgan-native',
    program: process.execPath,
    args: [join(here, 'own_step.mjs'), String(threads)],
  };
  const peer = {
    label: 'PyTorch',
    program: peers,
    args: [join(here, 'peers', 'projection_step.py'), String(threads)],
  };
  const everyone = (peers ? [own, peer] : [own]).map((about) => new Contestant(about));
  try {
    for (const one of everyone) await one.start();
    for (let round = 0; round < rounds; round++) {
      log(`  round ${round + 1} of ${rounds}`);
      for (const one of everyone) one.rounds.push(await one.run(steps));
    }
  } finally {
    for (const one of everyone) one.stop();
  }
  const results = everyone.map(({ label, rounds: all }) => {
    const milliseconds = all.map(({ seconds }) => (seconds / steps) * 1000);
    return {
      name: label,
      milliseconds: median(milliseconds),
      rounds: milliseconds,
      others: Math.max(...all.map(({ others }) => others)),
    };
  });
  return { latents: 128, steps, results };
}
