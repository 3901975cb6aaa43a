import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execute, pythonEnvironment } from '../python/virtual_environment.mjs';

const requirements = join(dirname(fileURLToPath(import.meta.url)), 'requirements.txt');
const nodePackage = 'onnxruntime-node@1.30.0';

/** What is to be judged with could not be installed. */
export class NotInstalled extends Error {}

/**
 * The programs to judge with: a virtual environment, in the user's cache directory or where `named` says, and Node
 * packages in `node_modules` within it.
 * @returns `python`, its path, and `modules`, the directory of the Node packages
 * @throws NotInstalled
 */
export function judgingEnvironment(named) {
  try {
    const { directory, python } = pythonEnvironment({
      name: 'interop',
      says: 'Keras, TensorFlow, PyTorch and ONNX Runtime',
      requirements,
      directory: named,
      more: nodePackage,
      installMore: installNodePackage,
    });
    return { python, modules: join(directory, 'node_modules') };
  } catch (error) {
    throw new NotInstalled(error.message);
  }
}

function installNodePackage(directory) {
  // Its install script fetches CUDA libraries that are not needed.
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' };
  const quiet = ['--no-audit', '--no-fund', '--no-save'];
  execute('npm', ['install', '--prefix', directory, ...quiet, nodePackage], env);
}
