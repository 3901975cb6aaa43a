import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pythonEnvironment } from '../python/virtual_environment.mjs';
import { Contestant } from './contestant.mjs';
import { article } from './networks.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const requirements = join(here, 'peers', 'requirements.txt');
export const precisions = ['float32', 'bfloat16'];

export const oursOfArticle = "dcgan-native, the article's step";

/** Ours, then the peers when there is a `python` for them; none is started yet. */
export function contestants({ batch, threads, python, compile, network = article }) {
  const shape = ['--batch', String(batch), '--threads', String(threads)];
  const ours = (label, options) => (precision) =>
    new Contestant({
      label,
      precision,
      isPeer: false,
      program: process.execPath,
      args: [
        join(here, 'ours.mjs'),
        ...shape,
        ...['--precision', precision],
        ...['--options', JSON.stringify({ ...options, data: network.data })],
      ],
    });
  const peer = (label, script, more) => (precision) =>
    new Contestant({
      label,
      precision,
      isPeer: true,
      program: python,
      args: [
        join(here, 'peers', script),
        ...shape,
        ...['--precision', precision],
        ...network.peerArguments(network.data),
        ...more,
      ],
    });
  const peers = {
    TensorFlow: peer('TensorFlow', 'tensorflow_step.py', []),
    PyTorch: peer('PyTorch', 'pytorch_step.py', []),
  };
  const makers = [ours('dcgan-native', network.options)];
  if (network.besideArticle) makers.push(ours(oursOfArticle, article.options));
  if (python) {
    makers.push(...network.peers.map((name) => peers[name]));
    if (compile) makers.push(peer('PyTorch, compiled', 'pytorch_step.py', ['--compile']));
  }
  return precisions.flatMap((precision) => makers.map((make) => make(precision)));
}

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
