import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { library, runHere } from './program.mjs';

/** Steps of the run that scenarios go on from. */
export const templateSteps = 3;
/** Steps of the run that others are compared with: it has every checkpoint. */
const referenceSteps = 7;

const model = ['--batch-size', '2', '--latent-size', '4', '--threads', '1', '--seed', '7'];
const often = ['--checkpoint-every-steps', '1', '--log-every', '1', '--sample-count', '4', '--json'];

/** The words for a training of `steps` steps with a checkpoint after each. An epoch has two steps. */
export const trainArguments = (data, out, steps, keep = 2) => [
  'train',
  ...['--data', data, '--out', out, '--steps', String(steps), '--keep-checkpoints', String(keep)],
  ...model,
  ...often,
];

/**
 * Makes what the scenarios begin with: a run, its exports, a wheel that pip takes for torch's. Nothing of it is changed
 * afterwards.
 * @param images where the scenarios will have the images, for checkpoints name that place
 */
export async function makeMaterial(directory, images) {
  const at = (name) => join(directory, name);
  mkdirSync(directory);
  writeImages(images);
  await done(trainArguments(images, at('reference'), referenceSteps, 100));
  await done(trainArguments(images, at('run'), templateSteps));
  // Of the first step: what is exported from the run is something else.
  const first = at('reference/checkpoints/step-00000001.safetensors');
  for (const format of ['keras', 'safetensors'])
    await done(['export', first, '--format', format, '--quiet', '--out', at(format)]);
  offerTorch(at('wheels'));
}

async function done(args) {
  const { status, code, sentence } = await runHere(args);
  if (status !== 0) throw new Error(`${args.join(' ')} failed: ${code}: ${sentence}`);
}

/** The bytes of the checkpoint of each step, as an uninterrupted training writes them. */
export function referenceCheckpoints(directory) {
  const checkpoints = join(directory, 'reference', 'checkpoints');
  const found = readdirSync(checkpoints).map((name) => [stepOf(name), readFileSync(join(checkpoints, name))]);
  return new Map(found);
}

/** The step that the name of a checkpoint's file tells. */
export const stepOf = (path) => Number(/step-(\d+)[^/]*$/.exec(path)[1]);

/** An IDX file of four images with a bright square each. */
export function writeImages(path) {
  const count = 4;
  const header = Buffer.alloc(16);
  for (const [i, value] of [0x803, count, 28, 28].entries()) header.writeUInt32BE(value, 4 * i);
  const pixels = Buffer.alloc(count * 28 * 28);
  for (let i = 0; i < count; i++) {
    for (let y = 4; y < 12; y++) pixels.fill(255, (i * 28 + y + i) * 28 + 10, (i * 28 + y + i) * 28 + 18);
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, Buffer.concat([header, pixels]));
}

const zipScript = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w') as wheel:
    for path, content in zip(sys.argv[2::2], sys.argv[3::2]):
        wheel.writestr(path, content)`;

/** The files of the libtorch that the wheel holds, by their paths in it. */
export function libtorchFiles() {
  const { libtorchVersion, sharedLibrary } = library('libtorch/layout.js');
  const [major, minor, patch] = libtorchVersion.split('.');
  const header = Object.entries({ MAJOR: major, MINOR: minor, PATCH: patch });
  return {
    [`lib/${sharedLibrary('torch')}`]: 'libtorch',
    [`lib/${sharedLibrary('torch_cpu')}`]: 'libtorch_cpu',
    'include/torch/headeronly/version.h': header
      .map(([part, value]) => `#define TORCH_VERSION_${part} ${value}\n`)
      .join(''),
    'share/cmake/Torch/TorchConfig.cmake': '#',
  };
}

/** Lays a wheel where pip looks. */
function offerTorch(directory) {
  mkdirSync(directory);
  const { libtorchVersion: version } = library('libtorch/layout.js');
  const information = `torch-${version}.dist-info`;
  const files = {
    ...Object.fromEntries(Object.entries(libtorchFiles()).map(([path, text]) => [`torch/${path}`, text])),
    [`${information}/METADATA`]: `Metadata-Version: 2.1\nName: torch\nVersion: ${version}\n`,
    [`${information}/WHEEL`]: 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    [`${information}/RECORD`]: '',
  };
  const wheel = join(directory, `torch-${version}-py3-none-any.whl`);
  execFileSync('python3', ['-c', zipScript, wheel, ...Object.entries(files).flat()]);
}
