import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Weights } from '../../lib/index.js';
import type { Group } from '../../lib/interop/hdf5.js';

/** The files that scripts/fixtures/keras_models.py made with Keras 2 and with Keras 3, and what is known of them. */

const fixtures = join(__dirname, '..', 'fixtures');

export type KerasVersion = '2' | '3';

export const latentSize = 4;
export const dropout = 0.25;

/** What Keras draws with the models, and thinks of what it drew. */
export interface Drawn {
  readonly noise: readonly number[];
  /** Every so many pixels are in `images`. */
  readonly stride: number;
  readonly images: readonly number[];
  readonly logits: readonly number[];
}

export const drawn: Drawn = JSON.parse(readFileSync(join(fixtures, 'keras-models.json'), 'utf8'));

export function kerasFiles(version: KerasVersion) {
  return {
    generator: join(fixtures, `keras-${version}-generator.h5`),
    discriminator: join(fixtures, `keras-${version}-discriminator.h5`),
  };
}

const norm = (name: string, channels: number) =>
  ['weight', 'bias', 'running_mean', 'running_var'].map((part) => [`${name}.${part}`, [channels]] as const);

const shapes: readonly (readonly [string, readonly number[]])[] = [
  ['generator.dense.weight', [12544, latentSize]],
  ...norm('generator.norm1', 12544),
  ['generator.conv1.weight', [256, 128, 5, 5]],
  ...norm('generator.norm2', 128),
  ['generator.conv2.weight', [128, 64, 5, 5]],
  ...norm('generator.norm3', 64),
  ['generator.conv3.weight', [64, 1, 5, 5]],
  ['discriminator.conv1.weight', [64, 1, 5, 5]],
  ['discriminator.conv1.bias', [64]],
  ['discriminator.conv2.weight', [128, 64, 5, 5]],
  ['discriminator.conv2.bias', [128]],
  ['discriminator.dense.weight', [1, 6272]],
  ['discriminator.dense.bias', [1]],
];

/** The weights that are in the files, in our names and layouts. */
export function kerasWeights(): Weights {
  return Object.fromEntries(shapes.map(([name, shape]) => [name, { data: values(name, shape), shape }]));
}

function values(name: string, shape: readonly number[]): Float32Array {
  const first = Array.from(name).reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
  const isAroundOne = shape.length === 1 && /\.(weight|running_var)$/.test(name);
  return Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => {
    const steps = ((i + first) % 31) - 15;
    return isAroundOne ? 1 + steps / 128 : steps / 256;
  });
}

/** The names of the tensors whose shape or any bit of whose values differs, or that only one side has. */
export function differing(a: Weights, b: Weights): string[] {
  const bits = (weights: Weights, name: string) => {
    const { data, shape } = weights[name] ?? { data: new Float32Array(0), shape: [] };
    return Buffer.concat([
      Buffer.from(`${shape}:`),
      Buffer.from(data.buffer, data.byteOffset, data.byteLength),
    ]);
  };
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].filter((name) => !(name in a && name in b && bits(a, name).equals(bits(b, name))));
}

/** A copy of an HDF5 file at `path`, after `change`. */
export async function changedFile(
  source: string,
  path: string,
  change: (root: Group) => void,
): Promise<string> {
  const { File, ready } = await import('h5wasm/node');
  await ready;
  copyFileSync(source, path);
  const file = new File(path, 'a');
  change(file);
  file.close();
  return path;
}

/** The description of a model in a file, as far as the tests change it. */
export interface ModelConfig {
  class_name: string;
  config: { layers: { class_name: string; config: Record<string, unknown> }[] };
}

/** A copy of an HDF5 file at `path`, after a change of the description of the model in it. */
export function redescribedFile(
  source: string,
  path: string,
  change: (model: ModelConfig) => void,
): Promise<string> {
  return changedFile(source, path, (root) => {
    const model = JSON.parse(root.attrs.model_config!.value as string);
    change(model);
    setAttribute(root, 'model_config', JSON.stringify(model), []);
  });
}

/** Replaces an attribute that is a text or a list of texts. */
export function setAttribute(group: Group, name: string, value: string | string[], shape: number[]): void {
  group.delete_attribute(name);
  group.create_attribute(name, value, shape, 'S');
}
