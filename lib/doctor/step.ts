import { join } from 'node:path';
import type { Libtorch } from '../libtorch/find.js';
import { hasGpu } from '../libtorch/gpu.js';
import { isCuda } from '../libtorch/layout.js';
import { type Answer, askNode, objectIn } from '../process/ask.js';
import type { Check } from './check.js';

/** What the child process tells of its training. */
interface Trained {
  readonly device: string;
  readonly vectorUnit: string;
  readonly cudaDevices: number;
  /** What `threads: 0` stands for, and what decided it. */
  readonly threads: { readonly count: number; readonly reason: string };
  readonly batchSize: number;
  /** Of the second step: the first one also makes memory and plans. */
  readonly seconds: number;
}

interface Failure {
  readonly code: string;
  readonly message: string;
}

/** What it tells at all; what it did not come to is missing. */
interface Tried {
  readonly trained?: Trained;
  readonly notTrained?: Failure;
  /** The bytes of a picture. */
  readonly picture?: number;
  readonly noPicture?: Failure;
}

const patience = 120;

// In a process of its own: whatever goes wrong there, the report is written. Pictures are made as training makes them: in
// the process that has loaded libtorch. All that is known is told again after each part, which may crash.
const script = `
const { join } = require('node:path');
const { writeSync } = require('node:fs');
const [root, libtorch] = process.argv.slice(1);
const answer = {};
const failure = (error) => ({ code: error.code ?? 'ERR_INTERNAL', message: error.message });
const tell = () => writeSync(1, JSON.stringify(answer) + '\\n');
async function train() {
  const { GanTrainer } = require(join(root, 'training', 'trainer.js'));
  const { loadNative } = require(join(root, 'native', 'load.js'));
  const core = loadNative();
  const trainer = new GanTrainer({ seed: 1 });
  let device;
  await trainer.fit(1, { steps: 1, onEvent: (event) => { if (event.type === 'start') device = event.device; } });
  const { seconds } = await trainer.fit(1, { steps: 1 });
  trainer.dispose();
  const { batchSize } = trainer.options;
  const { vectorUnit, cudaDevices, defaultThreads } = core;
  return { device, batchSize, seconds, vectorUnit: vectorUnit(), cudaDevices: cudaDevices(), threads: defaultThreads() };
}
async function draw() {
  const { encodePng } = require(join(root, 'image', 'png.js'));
  return (await encodePng({ pixels: new Uint8Array(64), width: 8, height: 8, channels: 1 })).length;
}
(async () => {
  if (libtorch) {
    await train().then((trained) => { answer.trained = trained; }, (error) => { answer.notTrained = failure(error); });
    tell();
  }
  await draw().then((picture) => { answer.picture = picture; }, (error) => { answer.noPicture = failure(error); });
  tell();
})();`;

const vectorPaths: Readonly<Record<string, string>> = {
  avx512: 'AVX-512: the quickest path of our kernels',
  avx2: 'AVX2 with FMA: the second path of our kernels',
  neon: 'NEON: the path of our kernels on arm64',
  default: 'neither AVX2 nor AVX-512: the plain path of our kernels',
};

/**
 * Takes training steps on MNIST with the default options, where there is a libtorch, and makes a picture; judges devices,
 * vector units, the time that a step takes, and what pictures need.
 */
export function checkStep(libtorch: Libtorch | null): Check[] {
  const answer = askNode(script, [join(__dirname, '..'), libtorch?.root ?? ''], process.env, patience);
  const tried = objectIn<Tried>(answer) ?? {};
  const training = libtorch ? checkTraining(tried, answer, libtorch) : [];
  // What crashed before it came to pictures is told of the training.
  const isOver = libtorch && !tried.trained && !tried.notTrained;
  return isOver ? training : [...training, checkPictures(tried, answer)];
}

function checkTraining({ trained, notTrained }: Tried, { how }: Answer, libtorch: Libtorch): Check[] {
  if (notTrained) return [failedAt('training step', notTrained)];
  if (!trained) {
    const detail = `The process that trained came to nothing: ${how}.`;
    const remedy =
      'Fetch libtorch again: npx dcgan-native setup --force; if that does not help, please report it.';
    return [{ name: 'training step', verdict: 'failed', code: 'ERR_NATIVE', detail, remedy }];
  }
  const { vectorUnit, threads, seconds, batchSize, device } = trained;
  return [
    { name: 'vector units', verdict: 'info', detail: vectorPaths[vectorUnit] ?? vectorUnit },
    { name: 'threads', verdict: 'info', detail: `${threads.count} by default (${threads.reason})` },
    checkDevices(trained, libtorch),
    {
      name: 'training step',
      verdict: 'ok',
      detail: `${Math.round(seconds * 1000)} ms for a batch of ${batchSize} on ${device}`,
    },
  ];
}

function checkPictures({ picture, noPicture }: Tried, { how }: Answer): Check {
  if (noPicture) return failedAt('pictures', noPicture);
  if (picture !== undefined) return { name: 'pictures', verdict: 'ok', detail: 'sharp writes them' };
  const detail = `The process that made one with sharp came to nothing: ${how}.`;
  const remedy = 'Install sharp anew: npm install --include=optional sharp';
  return { name: 'pictures', verdict: 'failed', code: 'ERR_SETUP', detail, remedy };
}

function failedAt(name: string, { code, message }: Failure): Check {
  const remedy = 'Do what that sentence says; docs/errors.md says more of its code.';
  return { name, verdict: 'failed', code, detail: message, remedy };
}

function checkDevices({ device, cudaDevices }: Trained, libtorch: Libtorch): Check {
  const detail = `${cudaDevices === 0 ? 'cpu' : `cpu, ${cudaDevices} with CUDA`}; auto is ${device}`;
  if (cudaDevices > 0 || !hasGpu()) return { name: 'devices', verdict: 'ok', detail };
  const remedy = isCuda(libtorch.root)
    ? 'This machine seems to have a GPU: look whether nvidia-smi shows it, and whether its driver is as new as CUDA.'
    : 'This machine seems to have a GPU. For a libtorch that uses it: npx dcgan-native setup --variant cuda';
  return { name: 'devices', verdict: 'warning', detail, remedy };
}
