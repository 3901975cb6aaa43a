import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const { cacheDirectory } = createRequire(import.meta.url)('../../dist/libtorch/layout.js');

const requirements = join(dirname(fileURLToPath(import.meta.url)), 'requirements.txt');
const nodePackage = 'onnxruntime-node@1.30.0';

/** What is to be judged with could not be installed. */
export class NotInstalled extends Error {}

/**
 * The programs to judge with: a virtual environment, and Node packages in `node_modules` beside it. They are made once,
 * in the user's cache directory or where `named` says, and anew when what they need has changed.
 * @returns `python`, its path, and `modules`, the directory of the Node packages
 * @throws NotInstalled
 */
export function judgingEnvironment(named) {
  const wanted = readFileSync(requirements, 'utf8') + nodePackage;
  const digest = createHash('sha256').update(wanted).digest('hex').slice(0, 8);
  const directory = named ? resolve(named) : join(dirname(cacheDirectory()), `interop-${digest}`);
  const python = join(
    directory,
    ...(process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python']),
  );
  const environment = { python, modules: join(directory, 'node_modules') };
  // Written last: it says that all was installed, and what.
  const complete = join(directory, 'installed.txt');
  if (existsSync(complete) && readFileSync(complete, 'utf8') === wanted) return environment;

  process.stderr.write(
    `Installing Keras, TensorFlow, PyTorch and ONNX Runtime, several gigabytes, into ${directory}\n`,
  );
  rmSync(complete, { force: true });
  mkdirSync(directory, { recursive: true });
  execute('python3', ['-m', 'venv', directory]);
  execute(python, ['-m', 'pip', 'install', '--disable-pip-version-check', '-r', requirements]);
  // Its install script fetches CUDA libraries that are not needed.
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' };
  execute(
    'npm',
    ['install', '--prefix', directory, '--no-audit', '--no-fund', '--no-save', nodePackage],
    env,
  );
  writeFileSync(complete, wanted);
  return environment;
}

function execute(program, args, env = process.env) {
  const shell = process.platform === 'win32' && program === 'npm';
  const { status, error } = spawnSync(program, args, { env, shell, stdio: ['ignore', 2, 2] });
  if (!error && status === 0) return;
  throw new NotInstalled(
    `${program} ${args.join(' ')} failed: ${error?.message ?? `it ended with ${status}`}.`,
  );
}
