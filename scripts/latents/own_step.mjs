/** Takes steps of a search when it is asked to: see contestant.mjs. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { openGenerator } from './data.mjs';

const require = createRequire(import.meta.url);
const { decodeSafetensors } = require('../../dist/checkpoint/safetensors.js');
const { digitsGenerator } = require('../../dist/generation/generator.js');
const { drawNormal } = require('../../dist/latent/philox.js');
const { loadNative } = require('../../dist/native/load.js');

const [rows, warmUp] = [128, 5];
const generator = await openGenerator(Number(process.argv[2]));
const { latentSize } = generator.options;
const { data: targets } = await generator.generate(rows, { seed: 7 });
const core = loadNative();
const search = new core.LatentSearch(generator.options);
await search.open(decodeSafetensors(readFileSync(digitsGenerator)).state, null, null);

async function take(steps) {
  await search.begin({
    ...{
      targets,
      pooling: 1,
      weights: null,
      labels: null,
      starts: 1,
      absolute: false,
      steps,
      learningRate: 0.1,
    },
    ...{ featureWeight: 0, realismWeight: 0, priorWeight: 0, clip: 0, seed: 1 },
    latents: drawNormal(5, 0, rows * latentSize),
  });
  for (;;) {
    const { done, of } = await search.advance();
    if (done === of) return search.result();
  }
}

await take(warmUp);
process.stdout.write(`${JSON.stringify({ name: 'dcgan-native', versions: {} })}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  const steps = Number(line.split(' ')[1]);
  const [began, processor] = [performance.now(), process.cpuUsage()];
  const { losses } = await take(steps);
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(processor);
  process.stdout.write(
    `${JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6, losses: [losses[0]] })}\n`,
  );
}
process.exit();
