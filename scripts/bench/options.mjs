import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

export const usage = `Usage: npm run bench -- [options]

Times the training step of this package, and of TensorFlow and PyTorch beside it, in rounds that alternate.

  --rounds N        rounds of each (default 5)
  --steps N         steps in a round (default 10)
  --batch N         images in a batch (default 128)
  --threads N       CPU threads of each (default: one for each core)
  --peers [PYTHON]  run the peers too, by this Python; without a value by one that is made in the cache directory
  --compile         PyTorch's torch.compile as one more peer
  --networks        ours and the peers on other networks too: coloured, larger, with classes, with penalties
  --growth N        steps over which the growth of our memory is measured; 0: not (default 300)
  --profile         each operator's time, and GFLOP/s beside the CPU's multiply-add peak
  --sweep           ours with batches of 16 to 512, with 1 and 2 threads
  --json FILE       write everything that was measured
  --docs            write it to docs/benchmark.json, and from that the charts and tables in the docs
  --help            show this
`;

/** @throws Error with one sentence for people */
export function readOptions(args) {
  const { values } = parseArgs({
    args: withPeersValue(args),
    options: {
      rounds: { type: 'string', default: '5' },
      steps: { type: 'string', default: '10' },
      batch: { type: 'string', default: '128' },
      threads: { type: 'string', default: String(availableParallelism()) },
      growth: { type: 'string', default: '300' },
      peers: { type: 'string' },
      compile: { type: 'boolean', default: false },
      networks: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      sweep: { type: 'boolean', default: false },
      json: { type: 'string' },
      docs: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const numbers = { rounds: 1, steps: 1, batch: 1, threads: 1, growth: 0 };
  for (const [name, least] of Object.entries(numbers)) {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < least) {
      throw new Error(`--${name} must be a whole number of at least ${least}, not '${values[name]}'.`);
    }
    numbers[name] = value;
  }
  return { ...values, ...numbers };
}

/** `--peers` may stand alone, which parseArgs does not know: it then gets an empty value. */
function withPeersValue(args) {
  return args.map((arg, i) => {
    const alone = arg === '--peers' && (i + 1 === args.length || args[i + 1].startsWith('--'));
    return alone ? '--peers=' : arg;
  });
}
