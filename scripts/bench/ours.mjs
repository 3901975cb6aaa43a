/**
 * This package as a contestant of bench.mjs, through its public API alone: one JSON line when it is warm, then one for
 * each `run N` or `draw` on stdin.
 */
import { createRequire } from 'node:module';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

const { GanTrainer, version } = createRequire(import.meta.url)('../../dist/index.js');

const warmUpSteps = 5;
/** Drawing the latent vectors of these takes some milliseconds. */
const drawnImages = 2000;

const { values } = parseArgs({
  options: {
    batch: { type: 'string', default: '128' },
    threads: { type: 'string', default: '0' },
    precision: { type: 'string', default: 'float32' },
    options: { type: 'string', default: '{}' },
  },
});

const trainer = new GanTrainer({
  batchSize: Number(values.batch),
  threads: Number(values.threads),
  precision: values.precision,
  device: 'cpu',
  seed: 1,
  ...JSON.parse(values.options),
});

const answer = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

/** As many steps as asked for: at least as many epochs are allowed. */
const train = (steps) => trainer.fit(steps, { steps });

const faults = () => process.resourceUsage().minorPageFault;

/** The longest that the event loop was late while images were drawn, in milliseconds: one call is one delay. */
async function generateDelay() {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await trainer.generate(drawnImages);
  // What the call itself took of this thread shows in the tick that follows.
  await new Promise((done) => setTimeout(done, 5));
  delay.disable();
  return delay.max / 1e6;
}

async function measured(steps) {
  // With a tick each millisecond an idle loop shows a little over 1 ms.
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const faultsBefore = faults();
  delay.enable();
  const processor = process.cpuUsage();
  const began = performance.now();
  const { discriminatorLoss, generatorLoss } = await train(steps);
  const seconds = (performance.now() - began) / 1000;
  delay.disable();
  const { user, system } = process.cpuUsage(processor);
  return {
    seconds,
    steps,
    cpuSeconds: (user + system) / 1e6,
    minorFaults: faults() - faultsBefore,
    losses: [discriminatorLoss, generatorLoss],
    eventLoopDelayP99: delay.percentile(99) / 1e6,
  };
}

async function serve() {
  await train(1);
  // performance.now() counts from the start of the process.
  const firstStepSeconds = performance.now() / 1000;
  await train(warmUpSteps - 1);
  answer({ name: 'dcgan-native', versions: { 'dcgan-native': version }, firstStepSeconds });
  for await (const line of createInterface({ input: process.stdin })) {
    const [asked, steps] = line.split(' ');
    answer(asked === 'draw' ? { generateDelayMost: await generateDelay() } : await measured(Number(steps)));
  }
}

try {
  await serve();
} catch (error) {
  process.stderr.write(`${error.code ?? error.name}: ${error.message}\n`);
  process.exitCode = 1;
} finally {
  trainer.dispose();
}
