import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Libtorch } from '../libtorch/find.js';
import { hasGpu } from '../libtorch/gpu.js';
import { isCuda } from '../libtorch/layout.js';
import type { Check } from './check.js';

/** What the child process tells. */
interface Tried {
  readonly device: string;
  readonly vectorUnit: string;
  readonly cudaDevices: number;
  readonly batchSize: number;
  /** Of the second step: the first one also makes memory and plans. */
  readonly seconds: number;
}

const patience = 120;

// In a process of its own: whatever goes wrong there, the report is written.
const script = `
const { join } = require('node:path');
const { writeSync } = require('node:fs');
const [root] = process.argv.slice(1);
(async () => {
  const { GanTrainer } = require(join(root, 'training', 'trainer.js'));
  const { loadNative } = require(join(root, 'native', 'load.js'));
  const answer = {};
  try {
    const core = loadNative();
    const trainer = new GanTrainer({ seed: 1 });
    await trainer.fit(1, { steps: 1, onEvent: (event) => { if (event.type === 'start') answer.device = event.device; } });
    const { seconds } = await trainer.fit(1, { steps: 1 });
    trainer.dispose();
    const { batchSize } = trainer.options;
    Object.assign(answer, { batchSize, seconds, vectorUnit: core.vectorUnit(), cudaDevices: core.cudaDevices() });
  } catch (error) {
    answer.error = { code: error.code ?? 'ERR_INTERNAL', message: error.message };
  }
  writeSync(1, JSON.stringify(answer) + '\\n');
})();`;

const vectorPaths: Readonly<Record<string, string>> = {
  avx512: 'AVX-512: the quickest path of our kernels',
  avx2: 'AVX2 with FMA: the second path of our kernels',
  default: 'neither AVX2 nor AVX-512: the plain path of our kernels',
};

/** Takes training steps on MNIST with the default options; judges devices, vector units and the time that one takes. */
export async function checkStep(libtorch: Libtorch): Promise<Check[]> {
  const { stdout, how } = await run();
  const line = stdout.trimEnd().split('\n').at(-1) ?? '';
  const answer = line.startsWith('{')
    ? (JSON.parse(line) as Tried & { error?: { code: string; message: string } })
    : null;
  if (answer === null) {
    const detail = `The process that trained ${how}.`;
    const remedy =
      'Fetch libtorch again: npx dcgan-native setup --force; if that does not help, please report it.';
    return [{ name: 'training step', verdict: 'failed', code: 'ERR_NATIVE', detail, remedy }];
  }
  if (answer.error) {
    const { code, message } = answer.error;
    const remedy = 'Do what that sentence says; docs/errors.md says more of its code.';
    return [{ name: 'training step', verdict: 'failed', code, detail: message, remedy }];
  }
  return [
    { name: 'vector units', verdict: 'info', detail: vectorPaths[answer.vectorUnit] ?? answer.vectorUnit },
    checkDevices(answer, libtorch),
    {
      name: 'training step',
      verdict: 'ok',
      detail: `${Math.round(answer.seconds * 1000)} ms for a batch of ${answer.batchSize} on ${answer.device}`,
    },
  ];
}

function checkDevices({ device, cudaDevices }: Tried, libtorch: Libtorch): Check {
  const detail = `${cudaDevices === 0 ? 'cpu' : `cpu, ${cudaDevices} with CUDA`}; auto is ${device}`;
  if (cudaDevices > 0 || !hasGpu()) return { name: 'devices', verdict: 'ok', detail };
  const remedy = isCuda(libtorch.root)
    ? 'This machine seems to have a GPU: look whether nvidia-smi shows it, and whether its driver is as new as CUDA.'
    : 'This machine seems to have a GPU. For a libtorch that uses it: npx dcgan-native setup --variant cuda';
  return { name: 'devices', verdict: 'warning', detail, remedy };
}

/** @returns what the process wrote, and how it ended */
function run(): Promise<{ readonly stdout: string; readonly how: string }> {
  const child = spawn(process.execPath, ['-e', script, join(__dirname, '..')], {
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: patience * 1000,
    killSignal: 'SIGKILL',
    windowsHide: true,
  });
  let stdout = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ stdout: '', how: `could not be started (${error.message})` }));
    child.once('close', (status, signal) =>
      resolve({ stdout, how: `ended with ${signal ?? `status ${status}`}` }),
    );
  });
}
