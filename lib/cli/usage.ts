import { type Command, CommanderError } from 'commander';

/** What options are called elsewhere. */
const synonyms: Readonly<Record<string, readonly string[]>> = {
  'batch-size': ['batch', 'bs', 'minibatch', 'mini-batch-size', 'train-batch-size'],
  'latent-size': ['latent', 'latent-dim', 'z', 'z-dim', 'z-size', 'nz', 'noise-dim', 'noise-size'],
  'learning-rate': ['lr', 'rate', 'alpha', 'step-size'],
  beta1: ['beta', 'b1', 'momentum'],
  beta2: ['b2'],
  epsilon: ['eps'],
  dropout: ['drop', 'dropout-rate', 'drop-rate'],
  seed: ['random-seed', 'manual-seed', 'rng', 'random-state'],
  seeds: ['seed-range'],
  device: ['gpu', 'cuda', 'cpu', 'accelerator', 'device-type'],
  precision: ['dtype', 'amp', 'fp16', 'bf16', 'bfloat16', 'half', 'mixed-precision'],
  threads: ['workers', 'num-workers', 'num-threads', 'cores', 'cpus', 'jobs'],
  data: ['dataset', 'data-dir', 'data-path', 'dataroot', 'input', 'images', 'train-data'],
  epochs: ['n-epochs', 'num-epochs', 'max-epochs', 'nb-epochs'],
  steps: ['iterations', 'iters', 'max-steps', 'num-steps', 'n-iter', 'batches'],
  resume: ['continue', 'go-on', 'restart'],
  from: ['checkpoint', 'load', 'weights', 'init', 'model', 'pretrained'],
  config: ['configuration', 'repeat'],
  out: [
    'output',
    'output-dir',
    'output-path',
    'out-dir',
    'out-file',
    'outfile',
    'save-dir',
    'dir',
    'dest',
    'to',
    'o',
  ],
  force: ['overwrite', 'yes', 'f'],
  quiet: ['silent', 'q'],
  json: ['events'],
  'checkpoint-every': ['save-every', 'save-interval', 'checkpoint-interval', 'checkpoint-freq'],
  'sample-every': ['sample-interval', 'sample-freq', 'preview-every'],
  'sample-count': ['samples', 'num-samples'],
  'log-every': ['log-interval', 'log-freq', 'print-every', 'report-every'],
  count: ['number', 'num', 'n', 'num-images', 'images', 'samples', 'num-samples'],
  columns: ['cols', 'nrow', 'ncol', 'width'],
  scale: ['zoom', 'size', 'factor'],
  trunc: ['truncation', 'truncation-psi', 'psi'],
  frames: ['w-frames', 'num-frames', 'length'],
  keyframes: ['num-keyframes'],
  strength: ['strengths', 'amount', 'magnitude'],
  measure: ['measures', 'attribute'],
  single: ['separate', 'singly', 'individual', 'split'],
  format: ['type', 'to'],
};

/**
 * What is said to somebody who mistyped a command: which option was meant, where the help of that command is.
 * @param command the one that was being read
 */
export function usageError({ message, code, exitCode }: CommanderError, command: Command): CommanderError {
  const said = hinted(message.replace(/^error: /, '').replaceAll('\n', ' '), command);
  const name = command.parent === null ? '' : ` ${command.name()}`;
  const sentence = /[.?)]$/.test(said) ? said : `${said}.`;
  return new CommanderError(exitCode, code, `${sentence} Run: npx dcgan-native${name} --help`);
}

/** Adds the option that an unknown one stands for elsewhere; commander itself suggests what is spelled alike. */
function hinted(said: string, command: Command): string {
  const typed = /^unknown option '-+([^'=]+)/.exec(said)?.[1];
  if (typed === undefined) return said;
  const meant = meantBy(typed, command);
  return meant === null ? said : `${said.replace(/ \(Did you mean .*$/, '')} (Did you mean --${meant}?)`;
}

function meantBy(typed: string, command: Command): string | null {
  const word = typed
    .replaceAll('_', '-')
    .replace(/[a-z][A-Z]/g, ([a, b]) => `${a}-${b}`)
    .toLowerCase();
  const known = command.options.map(({ long }) => long!.slice(2));
  return known.find((name) => name === word) ?? known.find((name) => synonyms[name]?.includes(word)) ?? null;
}
